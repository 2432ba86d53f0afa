/**
 * How a message refers to a blob: by its headers `blob-url`, `blob-digest` and `blob-size`, and, for the
 * receiver's information, `blob-name`.
 */
import type { HeaderValues } from '../header-values.js';

const URL_HEADER = 'blob-url';
const DIGEST_HEADER = 'blob-digest';
const SIZE_HEADER = 'blob-size';
const NAME_HEADER = 'blob-name';

export interface BlobReference {
  readonly url: string;
  /** `sha256:<hex>`; `undefined` when the sender did not say. */
  readonly digest: string | undefined;
  /** In bytes; `undefined` when the sender did not say. */
  readonly size: number | undefined;
  /** What the sender calls it, for example the name of a file: never use it as a path as it is. */
  readonly name: string | undefined;
}

/** As much of a message as it takes. */
export interface HasHeaders {
  readonly headers: { get(name: string): string | undefined };
}

/** The blob that a message refers to; `undefined` for an ordinary message. */
export function blobOf({ headers }: HasHeaders): BlobReference | undefined {
  const url = headers.get(URL_HEADER);
  if (url === undefined) return undefined;
  const size = headers.get(SIZE_HEADER);
  return {
    url,
    digest: headers.get(DIGEST_HEADER),
    size: size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : undefined,
    name: headers.get(NAME_HEADER),
  };
}

/** The headers of a message that refers to a blob. */
export function blobHeaders(blob: {
  readonly url: string;
  readonly digest: string;
  readonly size: number;
  readonly name?: string | undefined;
}): HeaderValues {
  return {
    [URL_HEADER]: blob.url,
    [DIGEST_HEADER]: blob.digest,
    [SIZE_HEADER]: blob.size,
    [NAME_HEADER]: blob.name,
  };
}
