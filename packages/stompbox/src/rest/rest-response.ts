/** An answer as plain values, which every framework can send. */

export interface RestResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): RestResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

export function withHeaders(
  response: RestResponse,
  headers: Readonly<Record<string, string>>,
): RestResponse {
  return { ...response, headers: { ...response.headers, ...headers } };
}

/** As a web-standard `Response`, for Hono and others. */
export function toResponse({ status, headers, body }: RestResponse): Response {
  // A view that may stand on shared memory is not what the standard takes: this is a copy.
  const content = body instanceof Uint8Array ? new Uint8Array(body) : body;
  return new Response(content ?? null, { status, headers });
}
