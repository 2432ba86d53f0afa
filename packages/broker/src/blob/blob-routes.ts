/**
 * The blob store over HTTP. Uploads resume as in the IETF draft "Resumable Uploads for HTTP":
 *
 *   PUT    /blobs/<any name>  a whole blob; the name is ignored           201 {url, digest, size}
 *   POST   /blobs             begins one; with `upload-complete: ?0`      201 {url, offset}
 *   HEAD   /blobs/<id>        how far it is: `upload-offset`, `upload-complete`
 *   PATCH  /blobs/<id>        goes on at `upload-offset`; ends it with `upload-complete: ?1`
 *   GET    /blobs/<id>        the blob, or a `range` of it; its etag is its digest
 *   DELETE /blobs/<id>        gives an upload up, or removes a blob that no message refers to
 *
 * Whoever knows the id of a complete blob may read it; all else needs the right to upload. There is no
 * list of blobs. A blob is never shown by a browser as a page: it would be a page of the broker's.
 */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Clock } from '../clock.js';
import { credentialsOf, type HttpAuthorizer } from '../http/http-access.js';
import type { HttpApp, HttpEnvironment } from '../http/http-app.js';
import { formatDigest, formatReprDigest } from './blob-digest.js';
import { BlobError, statusOf } from './blob-error.js';
import type { StoredBlob } from './blob-files.js';
import { isBlobId } from './blob-id.js';
import type { BlobStore } from './blob-store.js';
import { answerWithBlob } from './download.js';
import { requestBody, uploadHeaders } from './upload-headers.js';

export interface BlobRoutesContext {
  readonly store: BlobStore;
  readonly authorize: HttpAuthorizer;
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  readonly urlOf: (id: string) => string;
  /** False when a message refers to the blob. */
  readonly tryRemove: (id: string) => boolean;
  readonly onError: (error: Error) => void;
}

type HttpContext = Context<HttpEnvironment>;
type Handler = (http: HttpContext, blobs: BlobRoutesContext) => Promise<Response>;

export function addBlobRoutes(app: HttpApp, blobs: BlobRoutesContext): void {
  const serve = (handler: Handler) => async (http: HttpContext) => {
    try {
      return await handler(http, blobs);
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      // The client can only wait; who can make room must hear of it.
      if (error.code === 'STOMP_BLOB_STORE_FULL') blobs.onError(error);
      return refusal(http, error);
    }
  };
  app.on(['PUT', 'POST'], ['/blobs', '/blobs/'], serve(create));
  app.put('/blobs/:name', serve(create));
  // HEAD comes here too.
  app.get('/blobs/:id', serve(read));
  app.patch('/blobs/:id', serve(resume));
  app.delete('/blobs/:id', serve(remove));
}

async function create(http: HttpContext, blobs: BlobRoutesContext): Promise<Response> {
  await requireRight(http, blobs);
  const { store, urlOf } = blobs;
  const upload = { ...uploadHeaders(http.req), offset: 0, body: requestBody(http.env.incoming) };
  const id = await store.create();
  try {
    const blob = await store.receive(id, upload);
    if (blob) return completed(http, blob, urlOf(id), 201);
  } catch (error) {
    // Nobody has been told its URL, so nobody could go on.
    await store.removePart(id);
    throw error;
  }
  const offset = (await store.offsetOf(id)) ?? 0;
  http.header('location', urlOf(id));
  http.header('upload-offset', String(offset));
  http.header('upload-complete', '?0');
  return http.json({ url: urlOf(id), offset }, 201);
}

async function resume(http: HttpContext, blobs: BlobRoutesContext): Promise<Response> {
  await requireRight(http, blobs);
  const id = idOf(http);
  const { store, urlOf } = blobs;
  if (store.blob(id)) throw BlobError.of('STOMP_BLOB_COMPLETE', []);
  const headers = uploadHeaders(http.req);
  if (headers.offset === undefined) {
    throw BlobError.of('STOMP_BLOB_BAD_REQUEST', ['PATCH needs the header upload-offset']);
  }
  const body = requestBody(http.env.incoming);
  const blob = await store.receive(id, { ...headers, offset: headers.offset, body });
  if (blob) return completed(http, blob, urlOf(id), 200);
  http.header('upload-offset', String(await store.offsetOf(id)));
  http.header('upload-complete', '?0');
  return http.body(null, 204);
}

async function read(http: HttpContext, blobs: BlobRoutesContext): Promise<Response> {
  const id = idOf(http);
  const { store } = blobs;
  const isHead = http.req.method === 'HEAD';
  let blob = store.blob(id);
  if (blob === undefined && isHead) {
    await requireRight(http, blobs);
    const offset = await store.offsetOf(id);
    if (offset !== undefined) return standing(http, offset);
    // The request that was taken over may have been the last one.
    blob = store.blob(id);
  }
  if (blob === undefined) throw BlobError.of('STOMP_BLOB_NOT_FOUND', []);
  return answerWithBlob(http, blob, { ...blobs, isHead });
}

async function remove(http: HttpContext, blobs: BlobRoutesContext): Promise<Response> {
  await requireRight(http, blobs);
  const id = idOf(http);
  if (await blobs.store.removePart(id)) return http.body(null, 204);
  if (blobs.store.blob(id) === undefined) throw BlobError.of('STOMP_BLOB_NOT_FOUND', []);
  if (!blobs.tryRemove(id)) throw BlobError.of('STOMP_BLOB_IN_USE', []);
  return http.body(null, 204);
}

function standing(http: HttpContext, offset: number): Response {
  http.header('upload-offset', String(offset));
  http.header('upload-complete', '?0');
  http.header('cache-control', 'no-store');
  return http.body(null, 204);
}

function completed(
  http: HttpContext,
  { digest, bytes }: StoredBlob,
  url: string,
  status: 200 | 201,
): Response {
  http.header('location', url);
  http.header('repr-digest', formatReprDigest(digest));
  http.header('upload-offset', String(bytes));
  http.header('upload-complete', '?1');
  return http.json({ url, digest: formatDigest(digest), size: bytes }, status);
}

function refusal(http: HttpContext, error: BlobError): Response {
  const status = statusOf(error);
  if (status === 401) http.header('www-authenticate', 'Basic realm="stompbox", charset="UTF-8"');
  if (status === 503 || status === 429) http.header('retry-after', '5');
  const { code, message } = error;
  return http.json({ code, message }, status as ContentfulStatusCode);
}

async function requireRight(http: HttpContext, { authorize }: BlobRoutesContext): Promise<void> {
  const verdict = await authorize(credentialsOf(http.env.incoming), 'upload-blobs');
  if (verdict === 'unknown') throw BlobError.of('STOMP_BLOB_LOGIN_NEEDED', []);
  if (verdict === 'try-later') throw BlobError.of('STOMP_BLOB_TRY_LATER', []);
  if (verdict === 'forbidden') throw BlobError.of('STOMP_BLOB_FORBIDDEN', []);
}

function idOf(http: HttpContext): string {
  const id = http.req.param('id') ?? '';
  if (isBlobId(id)) return id;
  throw BlobError.of('STOMP_BLOB_NOT_FOUND', []);
}
