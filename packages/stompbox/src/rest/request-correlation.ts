/**
 * The correlation id of a request over HTTP: that of whoever runs around it (an adapter that has set one),
 * else what the request says, else a new one. Every message that is sent in the course of the request
 * carries it, and the answer says it.
 */
import { parseTraceparent } from '@stompbox/client';
import { currentCorrelationId } from '../correlation/correlation.js';

/** In which the answer says the correlation id. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What comes from outside must not fill logs or headers with anything else. */
const USABLE_ID = /^[\x21-\x7e]{1,200}$/;

export function isUsableId(id: string): boolean {
  return USABLE_ID.test(id);
}

/** From `x-request-id`, `x-correlation-id` or `traceparent` (its trace id); undefined: it says nothing usable. */
export function statedCorrelationId(
  header: (name: string) => string | undefined,
): string | undefined {
  for (const name of [REQUEST_ID_HEADER, 'x-correlation-id']) {
    const id = header(name)?.trim();
    if (id !== undefined && isUsableId(id)) return id;
  }
  return parseTraceparent(header('traceparent') ?? '')?.traceId;
}

export function requestCorrelationId(
  header: (name: string) => string | undefined,
  newId: () => string,
): string {
  return currentCorrelationId() ?? statedCorrelationId(header) ?? newId();
}
