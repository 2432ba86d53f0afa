/** What can go wrong with a blob on its way to or from the broker's blob store. */
import { StompError } from '@stompbox/protocol';

const blobErrors = {
  STOMP_BLOB_REFUSED: {
    isRetryable: false,
    text: (status: number, reason: string) =>
      `The blob store refused with status ${status}: ${reason}`,
  },
  STOMP_BLOB_UNREACHABLE: {
    isRetryable: true,
    text: (attempts: number, reason: string) =>
      `The blob store could not be reached in ${attempts} attempts (${reason}): check that the broker runs and serves HTTP at this URL`,
  },
  STOMP_BLOB_GONE: {
    isRetryable: false,
    text: () =>
      'The blob is not there any more: it goes when its message is settled, so download first and acknowledge then',
  },
  STOMP_BLOB_DIGEST: {
    isRetryable: true,
    text: (what: string) =>
      `The blob cannot be trusted: ${what}. Throw away what came, and try again`,
  },
  STOMP_BLOB_CANNOT_RESUME: {
    isRetryable: false,
    text: () =>
      'The blob store has lost the beginning of the upload, and a stream cannot be read again: upload a Blob or a file instead, or make the stream anew',
  },
} as const satisfies Record<
  string,
  { readonly isRetryable: boolean; readonly text: (...values: never[]) => string }
>;

export type BlobErrorCode = keyof typeof blobErrors;

/** A blob could not be uploaded or downloaded. No text holds its URL: whoever knows it may read it. */
export class BlobError extends StompError {
  declare readonly code: BlobErrorCode;
  override readonly retryable: boolean;
  /** The code of a stompbox broker that refused. */
  readonly brokerCode: string | undefined;

  private constructor(code: BlobErrorCode, text: string, cause: unknown, brokerCode?: string) {
    super(code, text, cause === undefined ? undefined : { cause });
    this.retryable = blobErrors[code].isRetryable;
    this.brokerCode = brokerCode;
  }

  static of<C extends BlobErrorCode>(
    code: C,
    values: Parameters<(typeof blobErrors)[C]['text']>,
    { cause, brokerCode }: { readonly cause?: unknown; readonly brokerCode?: string } = {},
  ): BlobError {
    const text = blobErrors[code].text as (...all: readonly unknown[]) => string;
    return new BlobError(code, text(...values), cause, brokerCode);
  }
}
