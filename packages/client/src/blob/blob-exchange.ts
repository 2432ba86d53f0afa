/**
 * One request to a blob store, and what to do when it fails: errors of the network and of a store that
 * is overloaded or restarting are worth another attempt, after pauses that grow.
 */
import { BackOff } from '../back-off.js';
import type { Clock } from '../clock.js';
import { BlobError } from './blob-errors.js';

/** Everything that a request needs beside what it asks for. */
export interface BlobSender {
  readonly authorization: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly idleTimeoutMs: number;
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** 409: the store stands elsewhere than we thought, which its offset tells. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 409, 429, 500, 502, 503, 504]);
const QUOTED_CHARACTERS = 300;

/** The answer was no, but it may be yes in a while. */
class TransientRefusal extends Error {}

/** Ends what it watches when nothing happens for too long, or when the caller's signal aborts. */
export class Watch {
  readonly #sender: BlobSender;
  readonly #abort = new AbortController();
  readonly #onAbort = () => this.#abort.abort(this.#sender.signal?.reason);
  #cancelTimer: () => void = () => {};

  constructor(sender: BlobSender) {
    this.#sender = sender;
    sender.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (sender.signal?.aborted) this.#onAbort();
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * The result of some work, or the reason why it is ended before. `fetch` is told by the signal, too; but
   * Node's forgets the signal when it collects garbage while a body comes, and would wait for ever.
   */
  over<Result>(work: Promise<Result>): Promise<Result> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal.removeEventListener('abort', onAbort);
      work.finally(settle).then(resolve, reject);
    });
  }

  /** Something has happened. */
  touch(): void {
    this.#cancelTimer();
    const { clock, idleTimeoutMs } = this.#sender;
    const expire = () => this.#abort.abort(new Error(`nothing happened for ${idleTimeoutMs} ms`));
    this.#cancelTimer = clock.setTimer(expire, idleTimeoutMs, { keepAlive: true });
  }

  /** Nothing is going on that could be late. */
  pause(): void {
    this.#cancelTimer();
  }

  end(): void {
    this.#cancelTimer();
    this.#sender.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Headers and method of `fetch` that are the same for all requests. */
export function requestInit(
  { authorization }: BlobSender,
  method: string,
  headers: Readonly<Record<string, string>>,
): RequestInit {
  return {
    method,
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    // Whoever answers is asked, and nobody else: a redirect could lead into an inner network.
    redirect: 'error',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  };
}

/**
 * @param body of an answer that says no
 * @throws TransientRefusal, or BlobError `STOMP_BLOB_REFUSED`, for an answer that says no
 */
export function requireOk({ ok, status, statusText }: Response, body: string): void {
  if (ok) return;
  const { code, message } = parseRefusal(body);
  const reason = message ?? (statusText || 'no reason given');
  if (TRANSIENT.has(status)) throw new TransientRefusal(`${status} ${reason}`);
  throw BlobError.of(
    'STOMP_BLOB_REFUSED',
    [status, reason],
    code === undefined ? {} : { brokerCode: code },
  );
}

interface Refusal {
  readonly code?: string;
  readonly message?: string;
}

function parseRefusal(text: string): Refusal {
  try {
    const { code, message } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof message === 'string' ? { message: message.slice(0, QUOTED_CHARACTERS) } : {}),
    };
  } catch (error) {
    // Something between us and the broker has answered, not in JSON.
    if (error instanceof SyntaxError || error instanceof TypeError) return {};
    throw error;
  }
}

/** Counts attempts without progress, and pauses between them. */
export class Attempts {
  readonly #sender: BlobSender;
  readonly #backOff: BackOff;
  #failures = 0;

  constructor(sender: BlobSender) {
    this.#sender = sender;
    this.#backOff = new BackOff(
      {
        initialDelayMs: 100,
        maxDelayMs: 10_000,
        multiplier: 2,
        jitter: 'full',
        maxAttempts: sender.maxAttempts,
      },
      sender.random,
    );
  }

  /** There was progress: what failed before does not count any more. */
  succeeded(): void {
    this.#failures = 0;
    this.#backOff.reset();
  }

  /**
   * Resolves when it is time for the next attempt.
   * @throws the error itself when another attempt would not help, the reason of the signal, or BlobError
   *   `STOMP_BLOB_UNREACHABLE` after the last one
   */
  async failed(error: unknown): Promise<void> {
    const { signal, clock, maxAttempts } = this.#sender;
    signal?.throwIfAborted();
    if (error instanceof BlobError) throw error;
    this.#failures += 1;
    if (this.#failures >= maxAttempts) {
      const reason = reasonOf(error);
      throw BlobError.of('STOMP_BLOB_UNREACHABLE', [maxAttempts, reason], { cause: error });
    }
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = clock.setTimer(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        this.#backOff.next(),
        { keepAlive: true },
      );
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** `fetch` says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
