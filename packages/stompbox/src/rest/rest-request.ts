/**
 * A request as the REST routes see it, whichever framework took it: plain values, or a web-standard
 * `Request`. The body is read here, and never further than the limit.
 */

/** Headers of Node (names in lower case) or of the web. */
export type RestHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RestRequest {
  readonly method: string;
  /** Path and query: `/messages/orders?reply=true`. */
  readonly url: string;
  readonly headers: RestHeaders;
  /** Scheme and host as the caller named them: `https://shop.example`. Only the check tells it. */
  readonly origin?: string | undefined;
  /** The bytes as they came, whole or in parts. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | null | undefined;
  /** The JSON value, where the framework has parsed the body already; `body` is not looked at then. */
  readonly parsedBody?: unknown;
}

/** What the routes work with. */
export interface IncomingRequest {
  readonly method: string;
  /** Without the query; percent-encoded as it came. Empty for what is no path: `OPTIONS *`. */
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** Names in lower case. */
  headerNames(): readonly string[];
  /** Undefined: larger than the limit. */
  readBody(maxBytes: number): Promise<RequestBody | undefined>;
}

export interface RequestBody {
  /** As it came, or as JSON writes a value that was parsed before. */
  readonly bytes: Uint8Array;
  /** Set when the framework has parsed it. */
  readonly parsed: { readonly value: unknown } | undefined;
}

export function incomingRequest(request: RestRequest | Request): IncomingRequest {
  const { method, headers } = request;
  const url = parsedUrl(request.url);
  const read = headers instanceof Headers ? readWebHeader(headers) : readNodeHeader(headers);
  return {
    method: method.toUpperCase(),
    path: url?.pathname ?? '',
    query: url?.searchParams ?? new URLSearchParams(),
    header: read,
    headerNames: () => [...(headers instanceof Headers ? headers.keys() : Object.keys(headers))],
    readBody: (maxBytes) => readBody(request, read('content-length'), maxBytes),
  };
}

/** The path without its last segments, as it came: where a framework has mounted the routes. */
export function pathBefore(url: string, segmentCount: number): string {
  const path = parsedUrl(url)?.pathname ?? '';
  return path.split('/').slice(0, -segmentCount).join('/');
}

/** Joined, not resolved: what begins with two slashes would be taken for a host. */
function parsedUrl(url: string): URL | undefined {
  const text = url.startsWith('/') ? `http://localhost${url}` : url;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function readWebHeader(headers: Headers): IncomingRequest['header'] {
  return (name) => headers.get(name) ?? undefined;
}

function readNodeHeader(headers: Exclude<RestHeaders, Headers>): IncomingRequest['header'] {
  return (name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return typeof value === 'object' ? value.join(', ') : value;
  };
}

async function readBody(
  request: RestRequest | Request,
  announced: string | undefined,
  maxBytes: number,
): Promise<RequestBody | undefined> {
  if (Number(announced ?? 0) > maxBytes) return undefined;
  if ('parsedBody' in request && request.parsedBody !== undefined) {
    return parsedBody(request.parsedBody, maxBytes);
  }
  const { body } = request;
  const bytes = await collect(body, maxBytes);
  return bytes && { bytes, parsed: undefined };
}

function parsedBody(value: unknown, maxBytes: number): RequestBody | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return bytes.length > maxBytes ? undefined : { bytes, parsed: { value } };
}

async function collect(
  body: Uint8Array | AsyncIterable<Uint8Array> | null | undefined,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body.length > maxBytes ? undefined : body;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  return joined(parts, length);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
