/** What can go wrong with the store of the offline queue. No text holds a body or a header. */
import { StompError } from '@stompbox/protocol';

const sendStoreErrors = {
  STOMP_OFFLINE_IN_USE: {
    isRetryable: false,
    text: (path: string, owner: string) =>
      `The offline queue ${path} is used by process ${owner}, which is running: give each process and each connection a folder of its own, or stop that one`,
  },
  STOMP_OFFLINE_UNWRITABLE: {
    isRetryable: false,
    text: (path: string, reason: string) =>
      `The offline queue ${path} cannot be opened (${reason}): make the folder writable for this user, or choose another one`,
  },
  STOMP_OFFLINE_FORMAT: {
    isRetryable: false,
    text: (path: string) =>
      `${path} was written by another version of stompbox: let that version send what it holds, or move the file away to start without it`,
  },
  // Retryable: nothing was stored and nothing was sent.
  STOMP_OFFLINE_FULL: {
    isRetryable: true,
    text: (path: string, maxBytes: number) =>
      `The offline queue ${path} has reached its limit of ${maxBytes} bytes: send less until the broker is back, or raise maxBytes`,
  },
  STOMP_OFFLINE_WRITE_FAILED: {
    isRetryable: true,
    text: (path: string, reason: string) =>
      `The message could not be stored in the offline queue ${path} (${reason}): check the space on the disk and its health, then send again`,
  },
  STOMP_OFFLINE_CLOSED: {
    isRetryable: false,
    text: (path: string, state: string) =>
      `The offline queue ${path} takes nothing because it is ${state}: use it between load() and close()`,
  },
  STOMP_OFFLINE_TORN_TAIL: {
    isRetryable: false,
    text: (file: string, offset: number, bytes: number) =>
      `The last ${bytes} bytes of ${file} (from byte ${offset}) were no complete record and have been cut off, as a crash in the middle of a write leaves them: whoever sent that was not told that it is stored`,
  },
  STOMP_OFFLINE_CORRUPT: {
    isRetryable: false,
    text: (file: string, offset: number, bytes: number) =>
      `${bytes} bytes of ${file} (from byte ${offset}) are damaged, so the messages in there will not be sent: check the disk. Once all others in it are sent, the file is kept with the suffix .damaged`,
  },
} as const satisfies Record<
  string,
  { readonly isRetryable: boolean; readonly text: (...values: never[]) => string }
>;

export type SendStoreErrorCode = keyof typeof sendStoreErrors;

/** The offline queue could not be opened, could not take a message, or has lost one. */
export class SendStoreError extends StompError {
  declare readonly code: SendStoreErrorCode;
  override readonly retryable: boolean;

  private constructor(code: SendStoreErrorCode, text: string, cause: unknown) {
    super(code, text, cause === undefined ? undefined : { cause });
    this.retryable = sendStoreErrors[code].isRetryable;
  }

  static of<C extends SendStoreErrorCode>(
    code: C,
    values: Parameters<(typeof sendStoreErrors)[C]['text']>,
    cause?: unknown,
  ): SendStoreError {
    const text = sendStoreErrors[code].text as (...all: readonly unknown[]) => string;
    return new SendStoreError(code, text(...values), cause);
  }
}

/** What the system calls a failure, for texts: "ENOSPC". */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
