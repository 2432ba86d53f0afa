/**
 * A STOMP client for tests that shows every byte: it sends what it is told, right or wrong, and keeps
 * what comes back in order. Waiting means waiting for a frame, a chunk or the close, never for a time;
 * that nothing comes is shown by a round trip.
 *
 * It answers nothing by itself: no heart-beats, no acknowledgements.
 */
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import type { Broker, Transport } from '@stompbox/broker';
import {
  decodeUtf8,
  encodeFrame,
  encodeUtf8,
  type Frame,
  FrameDecoder,
  type StompVersion,
} from '@stompbox/protocol';
import { TcpTransport } from '../dist/transport/tcp-transport.js';

export type Headers = Readonly<Record<string, string | number | undefined>>;

/** A frame that came, easy to compare. */
export interface Received {
  readonly command: string;
  /** First value of each name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** All lines, in order. */
  readonly lines: ReadonlyArray<readonly [string, string]>;
  readonly bytes: Uint8Array;
  readonly body: string;
}

interface Waiter {
  readonly look: () => boolean;
  readonly fail: (error: Error) => void;
}

const NOBODY = '/topic/nobody-listens';

export class StompClient {
  readonly #pipe: Transport;
  readonly #decoder = new FrameDecoder();
  readonly #inbox: Received[] = [];
  readonly #chunks: Uint8Array[] = [];
  #waiters: Waiter[] = [];
  #version: StompVersion = '1.0';
  #receipts = 0;
  #receivedBytes = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(pipe: Transport) {
    this.#pipe = pipe;
    pipe.start({
      onData: (chunk) => this.#read(chunk),
      onDrain: () => {},
      onClose: () => {
        this.#state = 'closed';
        this.#wake();
      },
    });
  }

  static inMemory(broker: Broker): StompClient {
    return new StompClient(broker.connectInMemory());
  }

  /** Over the first connector of a broker. */
  static async overTcp(broker: Broker): Promise<StompClient> {
    const [connector] = broker.connectors;
    assert(connector, 'the broker listens nowhere');
    const socket = connectSocket({ host: connector.host, port: connector.port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new StompClient(new TcpTransport(socket));
  }

  get version(): StompVersion {
    return this.#version;
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** All bytes that have come so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Frames that have come and that nobody has taken. */
  get waitingFrames(): readonly Received[] {
    return this.#inbox;
  }

  /** Writes bytes as they are. */
  writes(data: string | Uint8Array): boolean {
    return this.#pipe.write(typeof data === 'string' ? encodeUtf8(data) : data);
  }

  /** Writes a frame in the version that was agreed. */
  frame(command: Frame['command'], headers: Headers = {}, body: string | Uint8Array = ''): void {
    const entries = Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)] as const);
    const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
    this.writes(encodeFrame({ command, headers: entries, body: bytes }, this.#version));
  }

  /** Writes a frame and waits until it was confirmed. */
  async confirms(
    command: Frame['command'],
    headers: Headers = {},
    body: string | Uint8Array = '',
  ): Promise<void> {
    const receipt = this.#nextReceipt();
    this.frame(command, { ...headers, receipt }, body);
    await this.receipt(receipt);
  }

  /** Logs in; the CONNECTED frame. */
  async connects(version: StompVersion = '1.2', headers: Headers = {}): Promise<Received> {
    this.frame('CONNECT', { 'accept-version': version, host: 'test', ...headers });
    return this.connected();
  }

  /** Waits for CONNECTED and goes on in its version. */
  async connected(): Promise<Received> {
    return this.#take('CONNECTED', (frame) => frame.command === 'CONNECTED');
  }

  /** Sends a message and waits until the broker has confirmed it. */
  sends(destination: string, body: string | Uint8Array = '', headers: Headers = {}): Promise<void> {
    return this.confirms('SEND', { destination, ...headers }, body);
  }

  /** Subscribes, by default with the id `s`, and waits for the confirmation. */
  subscribes(destination: string, headers: Headers = {}): Promise<void> {
    return this.confirms('SUBSCRIBE', { destination, id: 's', ...headers });
  }

  unsubscribes(id = 's'): Promise<void> {
    return this.confirms('UNSUBSCRIBE', { id });
  }

  /** Acknowledges in the way of the version, and waits for the confirmation. */
  acks(message: Received, headers: Headers = {}): Promise<void> {
    return this.confirms('ACK', { ...this.nameOf(message), ...headers });
  }

  nacks(message: Received, headers: Headers = {}): Promise<void> {
    return this.confirms('NACK', { ...this.nameOf(message), ...headers });
  }

  /** The headers by which an ACK or NACK names a message. */
  nameOf({ headers }: Received): Headers {
    if (this.#version === '1.2') return { id: headers['ack'] };
    const messageId = { 'message-id': headers['message-id'] };
    return this.#version === '1.0'
      ? messageId
      : { ...messageId, subscription: headers['subscription'] };
  }

  /** DISCONNECT with a receipt, and the close. */
  async disconnects(): Promise<void> {
    await this.confirms('DISCONNECT');
    await this.expectsClose();
  }

  /** The connection breaks. */
  vanishes(): void {
    this.#pipe.destroy();
  }

  /** Closes its side of the connection. */
  ends(): void {
    this.#pipe.end();
  }

  /** Stops reading, as a client that is busy does. */
  stopsReading(): void {
    this.#pipe.pause();
  }

  readsOn(): void {
    this.#pipe.resume();
  }

  /** The next frame, whatever it is. */
  nextFrame(): Promise<Received> {
    return this.#take('a frame', () => true);
  }

  /** The next MESSAGE; other frames stay where they are. */
  nextMessage(): Promise<Received> {
    return this.#take('a MESSAGE', ({ command }) => command === 'MESSAGE');
  }

  async nextMessages(count: number): Promise<Received[]> {
    const messages: Received[] = [];
    while (messages.length < count) messages.push(await this.nextMessage());
    return messages;
  }

  async nextBodies(count: number): Promise<string[]> {
    return (await this.nextMessages(count)).map(({ body }) => body);
  }

  /** The next RECEIPT, which must have this id. */
  async receipt(id: string): Promise<void> {
    const { headers } = await this.#take('a RECEIPT', ({ command }) => command === 'RECEIPT');
    assert.equal(headers['receipt-id'], id);
  }

  /** A round trip after which nothing has come but its answer. */
  async expectsNoFrame(): Promise<void> {
    const receipt = this.#nextReceipt();
    this.frame('SEND', { destination: NOBODY, receipt });
    const { command, headers } = await this.nextFrame();
    assert.deepEqual([command, headers['receipt-id']], ['RECEIPT', receipt]);
  }

  /** A round trip; what came meanwhile stays in the inbox. */
  async roundTrip(): Promise<void> {
    const receipt = this.#nextReceipt();
    this.frame('SEND', { destination: NOBODY, receipt });
    await this.#take(receipt, ({ headers }) => headers['receipt-id'] === receipt);
  }

  /** The next frame is an ERROR with this code; the connection closes after it. */
  async expectsError(code: string): Promise<Received> {
    const frame = await this.#take('an ERROR', ({ command }) => command === 'ERROR');
    assert.equal(frame.headers['code'], code, frame.headers['message']);
    await this.expectsClose();
    return frame;
  }

  /** The broker closes the connection, with nothing left to read. */
  async expectsClose(): Promise<void> {
    await this.#until(() => this.#state === 'closed');
    assert.deepEqual(this.#inbox, []);
  }

  /** The next chunk of bytes as it came, decoded by nobody. */
  async nextChunk(): Promise<string> {
    await this.#until(() => this.#chunks.length > 0);
    return decodeUtf8(this.#chunks.shift() as Uint8Array);
  }

  /** Forgets the chunks so far. */
  forgetsChunks(): void {
    this.#chunks.length = 0;
  }

  async #take(what: string, isWanted: (frame: Received) => boolean): Promise<Received> {
    let index = -1;
    await this.#until(() => {
      index = this.#inbox.findIndex(isWanted);
      if (index !== -1) return true;
      const error = this.#inbox.find(({ command }) => command === 'ERROR');
      if (error) throw new Error(`ERROR instead of ${what}: ${error.headers['message']}`);
      if (this.#state === 'closed') throw new Error(`closed instead of ${what}`);
      return false;
    });
    const [frame] = this.#inbox.splice(index, 1);
    return frame as Received;
  }

  #until(look: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        look: () => {
          const isDone = look();
          if (isDone) resolve();
          return isDone;
        },
        fail: reject,
      };
      this.#waiters.push(waiter);
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ look, fail }) => {
      try {
        return !look();
      } catch (error) {
        fail(error as Error);
        return false;
      }
    });
  }

  #read(chunk: Uint8Array): void {
    this.#receivedBytes += chunk.length;
    this.#chunks.push(chunk);
    this.#decoder.push(chunk);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
      if (frame.command === 'CONNECTED') this.#agree(frame);
      this.#inbox.push(received(frame));
    }
    this.#wake();
  }

  #agree(connected: Frame): void {
    this.#version = (connected.headers.get('version') ?? '1.0') as StompVersion;
    this.#decoder.version = this.#version;
  }

  #nextReceipt(): string {
    this.#receipts += 1;
    return `receipt-${this.#receipts}`;
  }
}

function received({ command, headers, body }: Frame): Received {
  const bytes = Uint8Array.from(body);
  return {
    command,
    headers: headers.toObject(),
    lines: [...headers],
    bytes,
    body: decodeUtf8(bytes),
  };
}
