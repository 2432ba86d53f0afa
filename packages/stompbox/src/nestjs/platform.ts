/** Requests and responses of the web platforms under Nest, Express and Fastify, by what both have. */
import type { RestRequest } from '../rest/rest-request.js';
import type { RestResponse } from '../rest/rest-response.js';

export interface PlatformRequest {
  readonly method: string;
  readonly protocol: string;
  readonly url: string;
  /** Where `url` may have lost the path of a mounted application. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What the body parser made of it. */
  readonly body?: unknown;
  /** Of Fastify: Node's own request. Express' request is one itself. */
  readonly raw?: NodeRequest;
}

interface NodeRequest {
  readonly readableDidRead?: boolean;
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterable<Uint8Array>;
}

export interface PlatformResponse {
  status(code: number): unknown;
  /** Of Express, whose `header` would add a charset to the content-type. */
  setHeader?(name: string, value: string): unknown;
  /** Of Fastify. */
  header(name: string, value: string): unknown;
  send(body: Uint8Array | undefined): unknown;
}

export function restRequest(request: PlatformRequest): RestRequest {
  const { method, protocol } = request;
  const { host = 'localhost' } = request.headers;
  const origin = `${protocol}://${String(host)}`;
  const body = bodyOf(request);
  // Whoever consumed the stream of Express has decompressed it, too; Fastify's parsers do not.
  const isDecoded = request.raw === undefined && !isUnread(request as NodeRequest);
  const headers = isDecoded
    ? { ...request.headers, 'content-encoding': undefined }
    : request.headers;
  return { method, url: urlOf(request), headers, origin, ...body };
}

export function sendResponse(to: PlatformResponse, { status, headers, body }: RestResponse): void {
  // What was not read of a body that is too large must not be taken for the next request.
  const all = status === 413 ? { ...headers, connection: 'close' } : headers;
  to.status(status);
  for (const [name, value] of Object.entries(all)) {
    if (to.setHeader === undefined) to.header(name, value);
    else to.setHeader(name, value);
  }
  // As bytes, for the same reason.
  to.send(body === undefined ? undefined : Buffer.from(body));
}

function urlOf({ originalUrl, url }: PlatformRequest): string {
  return originalUrl ?? url;
}

function isUnread({ readableDidRead }: NodeRequest): boolean {
  return readableDidRead === false;
}

/** A body parser consumes the stream, and leaves what it made of it. */
function bodyOf(request: PlatformRequest): Pick<RestRequest, 'body' | 'parsedBody'> {
  const node: NodeRequest = request.raw ?? (request as NodeRequest);
  if (isUnread(node) && node.iterator !== undefined) {
    // Not destroyed when the body is too large: the answer has to go out by the same connection.
    return { body: node.iterator({ destroyOnReturn: false }) };
  }
  const { body } = request;
  if (body instanceof Uint8Array) return { body };
  if (typeof body === 'string') return { body: new TextEncoder().encode(body) };
  return body === undefined || body === null ? {} : { parsedBody: body };
}
