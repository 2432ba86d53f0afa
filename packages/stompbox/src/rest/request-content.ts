/**
 * What a request wants sent, by its content type:
 *
 *   application/json, …+json         the JSON value
 *   text/…                           the text
 *   application/octet-stream         the bytes
 *   application/cloudevents+json     the data of the event; its attributes as headers ce-…
 *   any of these with headers ce-…   the same, CloudEvents in binary mode; other types as bytes
 */
import { isUtf8 } from 'node:buffer';
import { decodeUtf8 } from '@stompbox/protocol';
import {
  CLOUD_EVENT_JSON,
  type CloudEvent,
  cloudEventHeaders,
  cloudEventOfRequest,
  hasSmallAttributes,
  isFault,
  mediaType,
  parseCloudEvent,
} from './cloud-event.js';
import { problem } from './problem.js';
import type { IncomingRequest, RequestBody } from './rest-request.js';
import type { RestResponse } from './rest-response.js';

export interface RequestContent {
  readonly body: unknown;
  /** Headers of the message: those of a CloudEvent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names the event for whoever sees it twice; undefined: the request is no event. */
  readonly eventKey: string | undefined;
}

type Read<T> = { readonly value: T } | { readonly refusal: RestResponse };

const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json';

/** Checked, because the decoder leaves out what it does not know. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What a request may be, for `Accept-Post`. */
const TAKEN = `application/json, text/plain, application/octet-stream, ${CLOUD_EVENT_JSON}`;

export function readContent(request: IncomingRequest, body: RequestBody): Read<RequestContent> {
  const contentType = request.header('content-type');
  if (!isPlain(request.header('content-encoding'))) {
    const detail = 'The body is compressed, which is not undone here: send it as it is.';
    // RFC 9110, 15.5.16: with 415, Accept-Encoding says which codings would have been taken.
    const headers = { 'accept-encoding': 'identity' };
    return { refusal: problem('unsupported-media-type', { detail, headers }) };
  }
  if (mediaType(contentType) === CLOUD_EVENT_JSON) return structuredEvent(contentType, body);
  const event = cloudEventOfRequest(request.headerNames(), request.header);
  if (event === undefined) {
    const read = readBody(contentType, body, false);
    return 'refusal' in read ? read : contentOf(read.value);
  }
  if (isFault(event)) return unreadable(event.fault);
  const isEmpty = contentType === undefined && body.bytes.length === 0;
  const read = isEmpty ? { value: '' } : readBody(contentType, body, true);
  return 'refusal' in read ? read : contentOf(read.value, event);
}

function structuredEvent(contentType: string | undefined, body: RequestBody): Read<RequestContent> {
  const read = readBody(contentType, body, false);
  if ('refusal' in read) return read;
  const event = parseCloudEvent(read.value);
  if (isFault(event)) return unreadable(event.fault);
  const { data = '', data_base64: base64 } = event;
  if (base64 === undefined) return contentOf(data, event);
  if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !BASE64.test(base64)) {
    return unreadable('data_base64 is not Base64.');
  }
  return contentOf(new Uint8Array(Buffer.from(base64, 'base64')), event);
}

function contentOf(body: unknown, event?: CloudEvent): Read<RequestContent> {
  if (event === undefined) return { value: { body, headers: {}, eventKey: undefined } };
  if (!hasSmallAttributes(event)) {
    return unreadable(
      'The CloudEvent has more than 100 attributes, or more than 8,192 bytes of them.',
    );
  }
  const { 'content-type': contentType, ...attributes } = cloudEventHeaders(event);
  // A JSON text travels as the text that it is, without quotes, so it is no JSON any more.
  const keepsType = contentType !== undefined && !(typeof body === 'string' && isJson(contentType));
  const headers = { ...attributes, ...(keepsType ? { 'content-type': contentType } : {}) };
  // CloudEvents 1.0, "id": source and id together are unique for each distinct event.
  return { value: { body, headers, eventKey: JSON.stringify([event.source, event.id]) } };
}

function readBody(
  contentType: string | undefined,
  { bytes, parsed }: RequestBody,
  takesOthers: boolean,
): Read<unknown> {
  // A parser of forms leaves an object, too, and any page can make a browser send a form.
  if (parsed !== undefined) return isJson(contentType ?? '') ? parsed : unsupported(contentType);
  const type = mediaType(contentType);
  const isText = type.startsWith('text/');
  if (!isText && !isJson(type)) {
    const isTaken = type === 'application/octet-stream' || (takesOthers && type !== '');
    return isTaken ? { value: bytes } : unsupported(contentType);
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) return unsupported(contentType);
  if (!isUtf8(bytes)) return unreadable('The body is not UTF-8 text.');
  const text = decodeUtf8(bytes);
  return isText ? { value: text } : parseJson(text);
}

function parseJson(text: string): Read<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable('The body is not JSON.');
    throw error;
  }
}

function isPlain(contentEncoding = 'identity'): boolean {
  return ['', 'identity'].includes(contentEncoding.trim().toLowerCase());
}

/** A batch of CloudEvents is several messages, which one request cannot be. */
function isJson(contentType: string): boolean {
  const type = mediaType(contentType);
  if (type === CLOUD_EVENT_BATCH) return false;
  return type === 'application/json' || type.endsWith('+json');
}

function unsupported(contentType: string | undefined): { readonly refusal: RestResponse } {
  const given = contentType === undefined ? 'no content type' : 'this content type';
  const detail = `The request has ${given}: send one of ${TAKEN}, in UTF-8.`;
  return {
    refusal: problem('unsupported-media-type', { detail, headers: { 'accept-post': TAKEN } }),
  };
}

function unreadable(detail: string): { readonly refusal: RestResponse } {
  return { refusal: problem('bad-request', { detail }) };
}
