/** Waiting with an end: for what is not an operation of the outbox. */
import type { Clock } from './clock.js';
import { nextTurn } from './clock.js';
import type { ResolvedWait } from './operation-options.js';

/**
 * The outcome of the promise, or `timeoutError()` after `timeoutMs`, or the reason of the signal.
 * What was waited for goes on in the latter cases.
 */
export function waitFor<T>(
  promise: Promise<T>,
  wait: ResolvedWait,
  clock: Clock,
  timeoutError: () => Error,
): Promise<T> {
  const { signal } = wait;
  if (signal?.aborted) {
    // It goes on without anybody who would hear how it fails.
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancelTimer();
      reject(signal?.reason);
    };
    const finish = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    const cancelTimer = clock.setTimer(() => {
      // As everywhere: a late timer must not win over an answer that lies in the socket.
      nextTurn(() => {
        finish();
        reject(timeoutError());
      });
    }, wait.timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(finish);
  });
}
