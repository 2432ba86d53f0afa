/**
 * A STOMP server that does what a test says. By itself it answers CONNECT with CONNECTED and every
 * receipt header with RECEIPT; a test replaces the answer per command, or keeps it back.
 */

import type { ServerAddress, TransportFactory } from '@stompbox/client';
import {
  decodeUtf8,
  encodeFrame,
  type Frame,
  FrameDecoder,
  type StompVersion,
} from '@stompbox/protocol';
import { settle } from './fake-clock.js';
import { type MemoryTransport, memoryPipe } from './memory-pipe.js';

export type Answer = (frame: Frame, session: BrokerSession) => void;

type Headers = Readonly<Record<string, string>>;

/** One connection, seen from the server. */
export class BrokerSession {
  readonly frames: Frame[] = [];
  readonly transport: MemoryTransport;
  readonly clientTransport: MemoryTransport;
  /** Heart-beats and other bytes between frames are counted here. */
  bytes = 0;
  readonly #decoder = new FrameDecoder();
  version: StompVersion = '1.2';

  constructor(server: MemoryTransport, client: MemoryTransport, answer: Answer) {
    this.transport = server;
    this.clientTransport = client;
    server.start({
      onData: (chunk) => {
        this.bytes += chunk.length;
        this.#decoder.push(chunk);
        for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
          this.frames.push(frame);
          answer(frame, this);
        }
      },
      onDrain: () => {},
      onClose: () => {},
    });
  }

  agree(version: StompVersion): void {
    this.version = version;
    this.#decoder.version = version;
  }

  /** Frames of one command, in order. */
  received(command: Frame['command']): Frame[] {
    return this.frames.filter((frame) => frame.command === command);
  }

  /** Commands in order. */
  get commands(): string[] {
    return this.frames.map((frame) => frame.command);
  }

  write(command: Frame['command'], headers: Headers, body: string | Uint8Array = ''): void {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const entries = Object.entries(headers);
    this.transport.write(encodeFrame({ command, headers: entries, body: bytes }, this.version));
  }

  writeRaw(text: string): void {
    this.transport.write(new TextEncoder().encode(text));
  }

  receipt(frame: Frame): void {
    this.write('RECEIPT', { 'receipt-id': frame.headers.get('receipt') ?? '' });
  }

  message(subscription: string, id: string, body = 'hello', headers: Headers = {}): void {
    this.write(
      'MESSAGE',
      {
        subscription,
        'message-id': id,
        ack: `ack-${id}`,
        destination: '/queue/a',
        ...headers,
      },
      body,
    );
  }

  error(message: string, headers: Headers = {}, body = ''): void {
    this.write('ERROR', { message, ...headers }, body);
  }

  /** The connection breaks. */
  drop(): void {
    this.transport.destroy();
  }
}

export class ScriptedBroker {
  readonly sessions: BrokerSession[] = [];
  /** Peers that were tried, in order. */
  readonly attempts: string[] = [];
  /** Answers per command; what is missing is answered as usual. */
  readonly answers = new Map<string, Answer>();
  /** Headers of CONNECTED. */
  connected: Headers = { version: '1.2', server: 'Scripted/1.0', session: 's-1' };
  /** Called for each attempt; it throws to refuse the connection. */
  onAttempt: (server: ServerAddress, attempt: number) => void = () => {};

  readonly transport: TransportFactory = async (server) => {
    const peer = `${server.host}:${server.port}`;
    this.attempts.push(peer);
    this.onAttempt(server, this.attempts.length);
    const pipe = memoryPipe(peer);
    this.sessions.push(
      new BrokerSession(pipe.server, pipe.client, (frame, session) => this.#answer(frame, session)),
    );
    return pipe.client;
  };

  /** The newest connection. */
  get session(): BrokerSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error('Nobody has connected');
    return session;
  }

  /** Never answers this command. */
  ignore(command: string): void {
    this.answers.set(command, () => {});
  }

  #answer(frame: Frame, session: BrokerSession): void {
    const own = this.answers.get(frame.command);
    if (own) own(frame, session);
    else answerAsUsual(frame, session, this.connected);
  }
}

export function answerAsUsual(
  frame: Frame,
  session: BrokerSession,
  connected: Headers = { version: '1.2' },
): void {
  if (frame.command === 'CONNECT') {
    session.write('CONNECTED', connected);
    session.agree((connected['version'] ?? '1.0') as StompVersion);
  } else if (frame.headers.has('receipt')) session.receipt(frame);
}

export function textOf(frame: Frame | undefined): string {
  return frame ? decodeUtf8(frame.body) : '';
}

export function refuseConnection(): never {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

/** Waits until the condition holds, turn by turn; fails the test if it never does. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (condition()) return;
    await settle();
  }
  throw new Error(`It never happened: ${what}`);
}
