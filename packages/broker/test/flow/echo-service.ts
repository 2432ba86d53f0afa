/**
 * A program that answers each message that it gets with one of its own, as simple programs do: while the
 * broker does not take what it writes, it reads nothing.
 */
import assert from 'node:assert/strict';
import type { Broker, Transport } from '@stompbox/broker';
import { encodeFrame, type Frame, FrameDecoder } from '@stompbox/protocol';

export interface EchoOptions {
  readonly from: string;
  readonly to: string;
  readonly ack: 'auto' | 'client' | 'client-individual';
  /** It acknowledges and answers in one transaction. */
  readonly isTransacted: boolean;
  readonly bodyBytes: number;
}

export class EchoService {
  readonly #pipe: Transport;
  readonly #decoder = new FrameDecoder();
  readonly #options: EchoOptions;
  #answered = 0;
  #failure: string | undefined;

  constructor(broker: Broker, options: EchoOptions) {
    this.#pipe = broker.connectInMemory();
    this.#options = options;
    this.#pipe.start({
      onData: (chunk) => this.#read(chunk),
      onDrain: () => this.#pipe.resume(),
      onClose: () => {
        this.#failure ??= 'closed';
      },
    });
    this.#write('CONNECT', { 'accept-version': '1.2', host: 'test' });
  }

  /** Messages that it has answered, last hops included. */
  get answered(): number {
    assert.equal(this.#failure, undefined);
    return this.#answered;
  }

  /** Begins a chain of so many messages. */
  begin(hops: number): void {
    this.#send(hops, {});
  }

  vanishes(): void {
    this.#pipe.destroy();
  }

  #read(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) this.#take(frame);
  }

  #take({ command, headers }: Frame): void {
    const { from, ack } = this.#options;
    if (command === 'CONNECTED') {
      this.#decoder.version = '1.2';
      this.#write('SUBSCRIBE', { id: 's', destination: from, ack, 'activemq.prefetchSize': '5' });
    } else if (command === 'MESSAGE') this.#answer(Number(headers.get('hops')), headers.get('ack'));
    else this.#failure = `${command}: ${headers.get('message')}`;
  }

  #answer(hops: number, ackId: string | undefined): void {
    const transaction = `t${this.#answered}`;
    const within: Record<string, string> = this.#options.isTransacted ? { transaction } : {};
    if (this.#options.isTransacted) this.#write('BEGIN', within);
    if (hops > 1) this.#send(hops - 1, within);
    if (ackId !== undefined) this.#write('ACK', { id: ackId, ...within });
    if (this.#options.isTransacted) this.#write('COMMIT', within);
    this.#answered += 1;
  }

  #send(hops: number, headers: Readonly<Record<string, string>>): void {
    const { to, bodyBytes } = this.#options;
    const all = { destination: to, hops: String(hops), ...headers };
    this.#write('SEND', all, Buffer.alloc(bodyBytes, '.'));
  }

  #write(
    command: Frame['command'],
    headers: Readonly<Record<string, string>>,
    body: Uint8Array = Buffer.alloc(0),
  ): void {
    const bytes = encodeFrame({ command, headers: Object.entries(headers), body }, '1.2');
    if (!this.#pipe.write(bytes)) this.#pipe.pause();
  }
}
