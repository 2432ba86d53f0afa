/** A client of the adapter, and a server at the other end of its stream that does what a test says. */
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import {
  Client,
  type ConnectOptions,
  connect,
  type StompitHeaders,
} from '@stompbox/client/stompit';
import { encodeFrame, type Frame, FrameDecoder } from '@stompbox/protocol';
import { FakeClock, settle } from '../../support/fake-clock.js';

/** The server's end of one stream. By itself it answers CONNECT and every receipt header. */
export class Peer {
  readonly frames: Frame[] = [];
  /** Commands that it does not answer. */
  readonly ignored = new Set<string>();
  readonly stream: Duplex;
  readonly #decoder = new FrameDecoder();

  constructor(stream: Duplex) {
    this.stream = stream;
    this.#decoder.version = '1.2';
    stream.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) this.#take(frame);
    });
  }

  get commands(): string[] {
    return this.frames.map(({ command }) => command);
  }

  last(command: string): Frame | undefined {
    return this.frames.findLast((frame) => frame.command === command);
  }

  write(command: Frame['command'], headers: Readonly<Record<string, string>>, body = ''): void {
    const frame = { command, headers: Object.entries(headers), body: Buffer.from(body) };
    this.stream.write(encodeFrame(frame, '1.2'));
  }

  message(subscription: string, id: string, body = 'hello'): void {
    this.write(
      'MESSAGE',
      { subscription, 'message-id': id, ack: `ack-${id}`, destination: '/q' },
      body,
    );
  }

  receipt(frame: Frame): void {
    this.write('RECEIPT', { 'receipt-id': frame.headers.get('receipt') ?? '' });
  }

  hangUp(): void {
    this.stream.end();
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    if (this.ignored.has(frame.command)) return;
    if (frame.command === 'CONNECT') this.write('CONNECTED', { version: '1.2', server: 'peer' });
    else if (frame.headers.has('receipt')) this.receipt(frame);
  }
}

export interface Stage {
  /** Every stream that was opened, in order. */
  readonly peers: Peer[];
  readonly clock: FakeClock;
  readonly options: ConnectOptions;
}

/** Options that lead to a peer of this test. @param isReachable false: the stream never connects */
export function stage(isReachable = true): Stage {
  const peers: Peer[] = [];
  const clock = new FakeClock();
  const open: NonNullable<ConnectOptions['connect']> = (_options, isReady) => {
    const [ours, theirs] = duplexPair();
    peers.push(new Peer(theirs));
    if (isReachable) process.nextTick(isReady);
    return ours;
  };
  return { peers, clock, options: { host: 'peer', port: 1, connect: open, clock } };
}

export interface Scene extends Stage {
  readonly client: Client;
  readonly peer: Peer;
}

export async function scene(connectHeaders: StompitHeaders = {}): Promise<Scene> {
  const all = stage();
  const client = connect({ ...all.options, connectHeaders });
  await once(client, 'connect');
  const [peer] = all.peers;
  if (peer === undefined) throw new Error('Nobody was connected');
  return { ...all, client, peer };
}

export { Client, settle };
