/** What a client of the blob store can do wrong or run into, and the HTTP status that tells it. */
import { StompError } from '@stompbox/protocol';

const blobErrors = {
  STOMP_BLOB_NOT_FOUND: {
    status: 404,
    text: () => 'There is no such blob: it was removed with its message, or never completed',
  },
  STOMP_BLOB_LOGIN_NEEDED: {
    status: 401,
    text: () => 'Log in by HTTP Basic with a login and passcode of the broker',
  },
  STOMP_BLOB_FORBIDDEN: {
    status: 403,
    text: () =>
      'You may not upload blobs here: ask for a role that may write to some queue or topic',
  },
  STOMP_BLOB_TRY_LATER: {
    status: 429,
    text: () => 'Too many logins from your network have failed: try again in a while',
  },
  STOMP_BLOB_BAD_REQUEST: {
    status: 400,
    text: (what: string) => what,
  },
  STOMP_BLOB_TOO_LARGE: {
    status: 413,
    text: (limit: number) =>
      `A blob may have ${limit} bytes: send less, or raise blobs.maxBlobBytes`,
  },
  STOMP_BLOB_STORE_FULL: {
    status: 507,
    text: (what: string) =>
      `The blob store is full (${what}): let consumers settle messages with blobs, make room on the disk, or raise the limit`,
  },
  STOMP_BLOB_TOO_MANY: {
    status: 503,
    text: (limit: number, option: string) =>
      `${limit} uploads are under way already: try again later, or raise blobs.${option}`,
  },
  STOMP_BLOB_WRONG_OFFSET: {
    status: 409,
    text: (offset: number, given: number) =>
      `The upload stands at byte ${offset}, not ${given}: ask for its offset by HEAD and go on from there`,
  },
  STOMP_BLOB_COMPLETE: {
    status: 409,
    text: () => 'The upload is complete already: upload something else as a blob of its own',
  },
  STOMP_BLOB_IN_USE: {
    status: 409,
    text: () => 'A message refers to this blob: settle the message, and the blob goes with it',
  },
  STOMP_BLOB_INTERRUPTED: {
    status: 409,
    text: () =>
      'The request broke off, or another one has taken over the upload: ask for the offset and go on',
  },
  STOMP_BLOB_DIGEST_MISMATCH: {
    status: 422,
    text: (expected: string, found: string) =>
      `The bytes have the digest ${found}, not ${expected}, so they were thrown away: upload again`,
  },
  STOMP_BLOB_IDLE: {
    status: 408,
    text: (timeoutMs: number) => `Nothing came for ${timeoutMs} ms: ask for the offset and go on`,
  },
} as const satisfies Record<
  string,
  { readonly status: number; readonly text: (...values: never[]) => string }
>;

export type BlobErrorCode = keyof typeof blobErrors;

/** A request to the blob store that cannot be served. */
export class BlobError extends StompError {
  declare readonly code: BlobErrorCode;

  static of<C extends BlobErrorCode>(
    code: C,
    values: Parameters<(typeof blobErrors)[C]['text']>,
    cause?: unknown,
  ): BlobError {
    const text = blobErrors[code].text as (...all: readonly unknown[]) => string;
    return new BlobError(code, text(...values), cause === undefined ? {} : { cause });
  }
}

export type BlobStatus = (typeof blobErrors)[BlobErrorCode]['status'];

export function statusOf(error: BlobError): BlobStatus {
  return blobErrors[error.code].status;
}
