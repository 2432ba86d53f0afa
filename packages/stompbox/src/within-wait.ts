import { type Clock, TimeoutError } from '@stompbox/client';

export interface Wait {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The result of the work, unless the wait is over before. The work itself goes on: others may wait
 * for it too.
 *
 * @throws TimeoutError `STOMP_NET_TIMEOUT_NOT_SENT` after `timeoutMs`; the reason of the signal.
 */
export async function withinWait<T>(
  work: Promise<T>,
  what: string,
  { timeoutMs, signal }: Wait,
  clock: Clock,
): Promise<T> {
  if (timeoutMs === undefined && signal === undefined) return await work;
  signal?.throwIfAborted();
  let release: () => void = () => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    const cancelTimer =
      timeoutMs === undefined
        ? () => undefined
        : clock.setTimer(
            () => reject(TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [what, timeoutMs])),
            timeoutMs,
          );
    release = () => {
      signal?.removeEventListener('abort', onAbort);
      cancelTimer();
    };
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    release();
  }
}
