/**
 * CloudEvents 1.0, as they are in this process, and the two content modes.
 *
 *   structured   the whole event is one JSON body, `application/cloudevents+json`
 *   binary       the data is the body, the attributes are headers `ce-<name>`
 *
 * Binary over HTTP is the specification's. Over STOMP it is ours, because CloudEvents has no STOMP
 * binding: the headers have the same names and hold the attributes as they are, in UTF-8 (STOMP's own
 * escapes do the rest), and `datacontenttype` is the header `content-type`.
 */
import { decodeUtf8, encodeUtf8, type FrameHeaders } from '@stompbox/protocol';
import { decodeBody } from '../message/decode-body.js';

export interface CloudEvent<Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly subject?: string;
  readonly time?: string;
  /** A JSON value or a text. */
  readonly data?: Data;
  /** Instead of `data`, for bytes. */
  readonly data_base64?: string;
  /** Extensions: names of lower-case letters and digits. */
  readonly [extension: string]: unknown;
}

/** What says that an event could not be read. */
export interface CloudEventFault {
  readonly fault: string;
}

export const CLOUD_EVENT_JSON = 'application/cloudevents+json';
const PREFIX = 'ce-';
const REQUIRED = ['id', 'source', 'type'] as const;
/** CloudEvents 1.0, "Naming conventions": lower-case ASCII letters and digits. */
const ATTRIBUTE_NAME = /^[a-z0-9]+$/;
const OPTIONAL_TEXTS = ['datacontenttype', 'dataschema', 'subject', 'time'] as const;
/** CloudEvents 1.0, "Type System", String: neither control characters nor halves of surrogate pairs. */
const NO_TEXT = /[\p{Cc}\p{Cs}]/u;
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTE_BYTES = 8_192;
const NO_HEADERS = new Set(['data', 'data_base64', 'datacontenttype']);

/** An event from the JSON of structured mode. */
export function parseCloudEvent(value: unknown): CloudEvent | CloudEventFault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'A CloudEvent is a JSON object.' };
  }
  const attributes = new Map<string, unknown>(Object.entries(value));
  if (attributes.get('specversion') !== '1.0') {
    return { fault: 'The CloudEvent needs specversion "1.0".' };
  }
  for (const name of REQUIRED) {
    const text = attributes.get(name);
    if (typeof text !== 'string' || text === '') {
      return { fault: `The CloudEvent needs ${name}, a text that is not empty.` };
    }
  }
  for (const name of OPTIONAL_TEXTS) {
    const text = attributes.get(name) ?? undefined;
    if (text !== undefined && (typeof text !== 'string' || text === '')) {
      return { fault: `The attribute ${name} of the CloudEvent must be a text that is not empty.` };
    }
  }
  if (attributes.get('data') !== undefined && attributes.get('data_base64') !== undefined) {
    return { fault: 'A CloudEvent has data or data_base64, not both.' };
  }
  const fault = attributesFault(attributes);
  return fault === undefined ? (value as CloudEvent) : { fault };
}

function attributesFault(attributes: ReadonlyMap<string, unknown>): string | undefined {
  for (const [name, content] of attributes) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!ATTRIBUTE_NAME.test(name)) {
      return `${name} cannot be the name of an attribute: lower-case letters and digits.`;
    }
    const isText = typeof content === 'string';
    if (isText && NO_TEXT.test(content)) {
      return `The attribute ${name} has a control character, or half of a character.`;
    }
    const isFine = isText || typeof content === 'boolean' || content === null;
    if (!isFine && !Number.isSafeInteger(content)) {
      return `The attribute ${name} must be a text, a whole number, true or false.`;
    }
  }
  return undefined;
}

/**
 * Whether the attributes fit into headers. A broker closes the connection at a header that is too long,
 * and with it ends what others send at that time.
 */
export function hasSmallAttributes(event: CloudEvent): boolean {
  const headers = Object.entries(cloudEventHeaders(event));
  // STOMP 1.2, "Value Encoding": these four take two bytes each.
  const escaped = headers
    .flat()
    .join('')
    .replaceAll(/[\\:\r\n]/g, '--');
  return headers.length <= MAX_ATTRIBUTES && encodeUtf8(escaped).length <= MAX_ATTRIBUTE_BYTES;
}

/**
 * The attributes of an event as headers of a STOMP message (binary mode):
 *
 *     await messaging.send(orders, event.data, { headers: cloudEventHeaders(event) });
 */
export function cloudEventHeaders(event: CloudEvent): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event)) {
    if (NO_HEADERS.has(name) || value === undefined || value === null) continue;
    headers[PREFIX + name] = String(value);
  }
  if (event.datacontenttype !== undefined) headers['content-type'] = event.datacontenttype;
  return headers;
}

/** The attributes of binary mode over HTTP; undefined when no header says that it is one. */
export function cloudEventOfRequest(
  names: readonly string[],
  header: (name: string) => string | undefined,
): CloudEvent | CloudEventFault | undefined {
  if (header('ce-specversion') === undefined) return undefined;
  const attributes: Record<string, unknown> = {};
  for (const name of names) {
    const text = name.startsWith(PREFIX) ? header(name) : undefined;
    if (text !== undefined) attributes[name.slice(PREFIX.length)] = percentDecoded(text);
  }
  const contentType = header('content-type');
  if (contentType !== undefined) attributes['datacontenttype'] = contentType;
  return parseCloudEvent(attributes);
}

/** A message as far as an event is read from it; a listener's context is one. */
export interface MessageLike {
  readonly messageId: string;
  readonly headers: FrameHeaders;
  readonly body: Uint8Array;
}

/**
 * The event that a message carries, in either mode, for `JSON.stringify` or a CloudEvents library.
 *
 * @param otherwise makes an event of a message that carries none: its `id` is the message id.
 * @returns undefined when the message carries no event, or an incomplete one, and `otherwise` is not given.
 */
export function toCloudEvent(
  message: MessageLike,
  otherwise?: { readonly source: string; readonly type: string },
): CloudEvent | undefined {
  const { headers } = message;
  const contentType = headers.get('content-type');
  if (mediaType(contentType) === CLOUD_EVENT_JSON) return eventOrNothing(structured(message));
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of headers) {
    const attribute = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
    // STOMP 1.2, "Repeated Header Entries": the first one counts.
    if (attribute !== '' && !(attribute in attributes)) attributes[attribute] = value;
  }
  if (attributes['specversion'] === undefined) {
    if (otherwise === undefined) return undefined;
    Object.assign(attributes, { specversion: '1.0', id: message.messageId, ...otherwise });
  }
  if (contentType !== undefined) attributes['datacontenttype'] = contentType;
  return eventOrNothing({ ...attributes, ...dataOf(message) });
}

/** Without parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function eventOrNothing(value: unknown): CloudEvent | undefined {
  const event = parseCloudEvent(value);
  return isFault(event) ? undefined : event;
}

export function isFault(event: object): event is CloudEventFault {
  return 'fault' in event && !('specversion' in event);
}

function structured({ body }: MessageLike): unknown {
  try {
    return JSON.parse(decodeUtf8(body));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function dataOf({ headers, body: bytes }: MessageLike): { data?: unknown; data_base64?: string } {
  if (bytes.length === 0) return {};
  const { body } = decodeBody(headers, bytes);
  if (!(body instanceof Uint8Array)) return { data: body };
  return { data_base64: Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64') };
}

/** CloudEvents HTTP binding, "Constructing HTTP Message Headers": the value is percent-decoded once. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
