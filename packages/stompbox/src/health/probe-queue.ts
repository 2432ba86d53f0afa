/**
 * A queue of this process alone, on the connection of the listeners and subscribed to in their way:
 * confirmed by RECEIPT, ack mode client-individual, with a prefetch. What is sent to it comes back
 * through everything that a listener's messages come through, except the listener's own subscription.
 *
 * It is temporary or deletes itself, as the broker's profile has it. One question at a time.
 */
import {
  type Clock,
  ConnectionError,
  type Message,
  type ReplyQueue,
  replyQueueOf,
  type Subscription,
  TimeoutError,
} from '@stompbox/client';
import type { WatchedConnection } from './health-source.js';

/** A message to the broker whose answers come to the probe queue, before the marker does. */
export interface ProbeRequest {
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ProbeOutcome =
  /** With what came before the marker. */
  | { readonly type: 'arrived'; readonly replies: readonly Message[] }
  /** It was sent, or was to be sent, and did not come back in time. */
  | { readonly type: 'lost' }
  /** The connection went meanwhile, which proves nothing. */
  | { readonly type: 'interrupted' }
  /** The broker does not allow it. */
  | { readonly type: 'refused'; readonly error: unknown };

interface Question {
  readonly marker: string;
  readonly replies: Message[];
  readonly end: (outcome: ProbeOutcome) => void;
}

/** Enough that answers of a statistics plugin flow; each is acknowledged at once. */
const PREFETCH = 100;

/** Nobody waits long for the end of something that goes with its connection anyway. */
const CLOSE_TIMEOUT_MS = 2_000;

export class ProbeQueue {
  readonly #connection: WatchedConnection;
  readonly #clock: Clock;
  readonly #queue: ReplyQueue;
  #subscription: Subscription | undefined;
  #question: Question | undefined;
  #count = 0;
  #isClosed = false;

  /** @param id unguessable, and of this process alone */
  constructor(connection: WatchedConnection, clock: Clock, id: string) {
    this.#connection = connection;
    this.#clock = clock;
    this.#queue = replyQueueOf(connection.profile, `health.${id}`);
  }

  get connection(): WatchedConnection {
    return this.#connection;
  }

  /** Sends the requests, then a marker, and waits for the marker. Never rejects. */
  async ask(requests: readonly ProbeRequest[], timeoutMs: number): Promise<ProbeOutcome> {
    const end = deferred();
    this.#count += 1;
    this.#question = { marker: `canary ${this.#count}`, replies: [], end: end.resolve };
    const cancel = this.#clock.setTimer(() => end.resolve({ type: 'lost' }), timeoutMs);
    try {
      this.#send(this.#question, requests, timeoutMs).catch((error: unknown) =>
        end.resolve(outcomeOf(error)),
      );
      return await end.promise;
    } finally {
      cancel();
      this.#question = undefined;
    }
  }

  /** The connection is gone, or nobody wants to know any more. */
  interrupt(): void {
    this.#question?.end({ type: 'interrupted' });
  }

  /** @throws TimeoutError `STOMP_NET_TIMEOUT_RECEIPT`; the queue goes with the connection at the latest */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.interrupt();
    if (this.#connection.state !== 'connected') return;
    await this.#subscription?.unsubscribe({ timeoutMs: CLOSE_TIMEOUT_MS });
  }

  async #send(
    { marker }: Question,
    requests: readonly ProbeRequest[],
    timeoutMs: number,
  ): Promise<void> {
    await this.#subscribe(timeoutMs);
    const { destination, replyTo } = this.#queue;
    // Where nobody reads it after all, it must not stay.
    const headers = { expires: String(Math.round(this.#clock.now() + timeoutMs)) };
    const options = { persistent: false, timeoutMs };
    const sends = requests.map((request) =>
      this.#connection.send(request.destination, '', {
        ...options,
        headers: { ...headers, ...request.headers, 'reply-to': replyTo },
      }),
    );
    await Promise.all([...sends, this.#connection.send(destination, marker, options)]);
  }

  async #subscribe(timeoutMs: number): Promise<void> {
    if (this.#subscription?.state === 'active') return;
    this.#subscription = await this.#connection.subscribe(
      this.#queue.destination,
      {
        ack: 'client-individual',
        prefetch: PREFETCH,
        // No word of how maps are to be written: an ActiveMQ without XStream cuts the connection.
        headers: Object.fromEntries(this.#queue.headers),
        timeoutMs,
      },
      (message) => this.#take(message),
    );
    if (this.#isClosed) await this.close();
  }

  async #take(message: Message): Promise<void> {
    const question = this.#question;
    const isMarker = message.text() === question?.marker;
    if (!isMarker) question?.replies.push(message);
    try {
      await message.ack();
    } catch (error) {
      // The connection that brought it is gone, and the queue with it.
      if (!(error instanceof ConnectionError)) throw error;
    }
    if (isMarker) question.end({ type: 'arrived', replies: question.replies });
  }
}

function outcomeOf(error: unknown): ProbeOutcome {
  if (error instanceof TimeoutError) return { type: 'lost' };
  if (error instanceof ConnectionError) return { type: 'interrupted' };
  return { type: 'refused', error };
}

function deferred(): {
  readonly promise: Promise<ProbeOutcome>;
  readonly resolve: (outcome: ProbeOutcome) => void;
} {
  let resolve: (outcome: ProbeOutcome) => void = () => undefined;
  const promise = new Promise<ProbeOutcome>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
