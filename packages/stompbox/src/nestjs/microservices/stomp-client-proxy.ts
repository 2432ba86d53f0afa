/**
 * Nest's `ClientProxy` over STOMP: `emit` sends and completes when the broker has confirmed, `send` sends
 * and gives the answer.
 *
 *     ClientsModule.register([{ name: 'SHOP', customClass: StompClientProxy, options: { settings: { url } } }])
 *
 * The pattern is the destination and the data is the body, unless the option `envelope` says otherwise.
 */
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Connection } from '@stompbox/client';
import { RequestError } from '@stompbox/client';
import { type Observable, ReplaySubject } from 'rxjs';
import type { MessageOptions } from '../../message/message-options.js';
import type { Messaging } from '../../messaging.js';
import { isObject, readAnswer } from './nest-envelope.js';
import { patternDestination } from './pattern-destination.js';
import { recordOf } from './stomp-record.js';
import {
  type ResolvedTransport,
  resolveClient,
  type StompClientOptions,
} from './stomp-transport-options.js';
import { type StompEvents, type StompStatus, statusOf } from './transport-status.js';

interface Outgoing {
  readonly destination: Parameters<Messaging['request']>[0];
  readonly body: unknown;
  readonly options: MessageOptions;
}

export class StompClientProxy extends ClientProxy<StompEvents, StompStatus> {
  readonly #options: ResolvedTransport;
  readonly #status = new ReplaySubject<StompStatus>(1);

  /** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`, also of the settings. */
  constructor(options: StompClientOptions = {}) {
    super();
    this.#options = resolveClient(options, 'StompClientProxy');
    this.on('connection', ({ status }) => {
      const found = statusOf(status);
      if (found !== undefined) this.#status.next(found);
    });
  }

  override get status(): Observable<StompStatus> {
    return this.#status.asObservable();
  }

  override async connect(): Promise<Connection> {
    const connection = await this.#options.messaging.getConnection();
    this.#status.next('connected');
    return connection;
  }

  override async close(): Promise<void> {
    if (this.#options.isOwned) await this.#options.messaging.close();
  }

  /** Calls back at each event of the message service. */
  override on<Type extends keyof StompEvents>(type: Type, callback: StompEvents[Type]): void {
    this.#options.messaging.onEvent((event) => {
      if (event.type === type) (callback as (event: unknown) => void)(event);
    });
  }

  /** The message service. */
  override unwrap<T = Messaging>(): T {
    return this.#options.messaging as T;
  }

  /** Whoever unsubscribes gives up waiting; the message may have been sent all the same. */
  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const giveUp = new AbortController();
    const tell = (answer: WritePacket) => {
      if (!giveUp.signal.aborted) callback({ ...answer, isDisposed: true });
    };
    this.#request(packet, giveUp.signal).then(tell, (error: unknown) => tell({ err: error }));
    return () => giveUp.abort(new Error('Nobody waits for the answer any more'));
  }

  protected override async dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const { destination, body, options } = this.#outgoing(packet);
    // Both forms are one call; the overloads only tell the types of the body apart.
    await (typeof destination === 'string'
      ? this.#options.messaging.send(destination, body, options)
      : this.#options.messaging.send(destination, body, options));
    return undefined as T;
  }

  async #request(packet: ReadPacket, signal: AbortSignal): Promise<WritePacket> {
    const request =
      this.#options.envelopeQueue === undefined ? packet : this.assignPacketId(packet);
    const { destination, body, options } = this.#outgoing(request);
    const signals =
      options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
    try {
      const answer = await this.#options.messaging.request(destination, body, {
        ...options,
        signal: signals,
      });
      return this.#options.envelopeQueue === undefined ? { response: answer } : readAnswer(answer);
    } catch (error) {
      return { err: remoteError(error) ?? error };
    }
  }

  #outgoing(packet: ReadPacket & { id?: string }): Outgoing {
    const { known, envelopeQueue } = this.#options;
    const { data, options } = recordOf(packet.data);
    if (envelopeQueue !== undefined) {
      return { destination: envelopeQueue, body: { ...packet, data }, options };
    }
    const pattern = this.normalizePattern(packet.pattern);
    return { destination: patternDestination(pattern, known), body: data, options };
  }
}

/** What a handler of Nest answered with instead of a value: the object of its exception filter. */
function remoteError(error: unknown): unknown {
  if (!(error instanceof RequestError) || error.reply === undefined) return undefined;
  try {
    const said: unknown = JSON.parse(error.reply.text());
    return isObject(said) ? said : undefined;
  } catch {
    // Not of Nest: the error says it in words.
    return undefined;
  }
}
