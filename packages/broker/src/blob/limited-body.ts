/**
 * The body of an upload, chunk by chunk, that ends with an error when nothing comes for too long, or
 * when another request takes over. Between chunks nothing is read, so the disk slows the sender down.
 */
import type { Clock } from '../clock.js';
import { BlobError } from './blob-error.js';

export interface BodyLimits {
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  /** Aborts with the error that ends the body. */
  readonly signal: AbortSignal;
}

/** @throws BlobError `STOMP_BLOB_IDLE`; the reason of the signal; what the body throws */
export async function* limitedBody(
  body: AsyncIterator<Uint8Array>,
  limits: BodyLimits,
): AsyncIterable<Uint8Array> {
  for (;;) {
    const result = await nextWithin(body, limits);
    if (result.done === true) return;
    yield result.value;
  }
}

function nextWithin(
  body: AsyncIterator<Uint8Array>,
  { clock, idleTimeoutMs, signal }: BodyLimits,
): Promise<IteratorResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const settle = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      settle();
      reject(signal.reason);
    };
    const cancel = clock.setTimer(() => {
      settle();
      reject(BlobError.of('STOMP_BLOB_IDLE', [idleTimeoutMs]));
    }, idleTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    body.next().then(
      (result) => {
        settle();
        resolve(result);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
