/**
 * The id of a blob: 256 random bits. Whoever knows it may read the blob, so nothing prints or lists it.
 * It is the only part of a request that becomes part of a file name, and only if it has this form.
 */
import { randomBytes } from 'node:crypto';

const ID_BYTES = 32;
const ID = /^[0-9a-f]{64}$/;
const ID_AT_END = /\/blobs\/([0-9a-f]{64})$/;

export function newBlobId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

export function isBlobId(text: string): boolean {
  return ID.test(text);
}

/** The id in the URL of a blob, whatever the host; `undefined` when it is the URL of something else. */
export function blobIdOfUrl(url: string): string | undefined {
  return ID_AT_END.exec(url)?.[1];
}
