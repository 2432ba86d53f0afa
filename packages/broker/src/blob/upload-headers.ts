/** What the headers of an upload say, checked before a byte of its body is read. */
import type { IncomingMessage } from 'node:http';
import type { HonoRequest } from 'hono';
import { requestedDigest } from './blob-digest.js';
import { BlobError } from './blob-error.js';

const WHOLE_NUMBER = /^\d{1,15}$/;

export interface UploadHeaders {
  readonly offset: number | undefined;
  /** Without the header the body is all there is. */
  readonly isLast: boolean;
  readonly digest: string | undefined;
  readonly announcedBytes: number | undefined;
}

/** @throws BlobError `STOMP_BLOB_BAD_REQUEST` */
export function uploadHeaders(request: HonoRequest): UploadHeaders {
  if (request.header('content-encoding') !== undefined || request.header('content-range')) {
    throw bad('Send the bytes as they are: content-encoding and content-range are not understood');
  }
  const complete = request.header('upload-complete') ?? '?1';
  if (complete !== '?0' && complete !== '?1') throw bad('upload-complete must be ?0 or ?1');
  const digest = requestedDigest(request.header('repr-digest'), request.header('digest'));
  if (digest === 'invalid') {
    throw bad('Write the digest as repr-digest: sha-256=:<base64 of the 32 bytes>:');
  }
  return {
    offset: wholeNumber('upload-offset', request.header('upload-offset')),
    isLast: complete === '?1',
    digest,
    announcedBytes: wholeNumber('content-length', request.header('content-length')),
  };
}

/** The body of a request, chunk by chunk; the connection stays usable when it is not read to its end. */
export async function* requestBody(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of chunks) yield chunk;
  } catch (cause) {
    throw BlobError.of('STOMP_BLOB_INTERRUPTED', [], cause);
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (WHOLE_NUMBER.test(text)) return Number(text);
  throw bad(`${name} must be a whole number of bytes`);
}

function bad(what: string): BlobError {
  return BlobError.of('STOMP_BLOB_BAD_REQUEST', [what]);
}
