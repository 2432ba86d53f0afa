import type { Clock } from '@stompbox/client';

export interface Wait {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The result of the work, unless the wait is over before. The work itself goes on: others may wait
 * for it too.
 *
 * @param timedOut makes the error for a wait that its `timeoutMs` ended.
 * @throws the error of `timedOut`; the reason of the signal.
 */
export async function withinWait<T>(
  work: Promise<T>,
  { timeoutMs, signal }: Wait,
  clock: Clock,
  timedOut: (timeoutMs: number) => Error,
): Promise<T> {
  if (timeoutMs === undefined && signal === undefined) return await work;
  let release: () => void = () => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
    const cancelTimer =
      timeoutMs === undefined
        ? () => undefined
        : clock.setTimer(() => reject(timedOut(timeoutMs)), timeoutMs, { keepAlive: true });
    release = () => {
      signal?.removeEventListener('abort', onAbort);
      cancelTimer();
    };
  });
  try {
    // What is over from the start wins over work that is done already.
    return await Promise.race([over, work]);
  } finally {
    release();
  }
}
