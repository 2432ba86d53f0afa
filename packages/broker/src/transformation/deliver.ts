/**
 * A message in the form that a subscription asked for by its header `transformation`:
 *
 *   bytes                as it is
 *   text                 as it is, and the header says what was asked for
 *   map, object, stream  converted, and the header says into what
 *   advisory             as JSON or XML, and the header says jms-advisory-json or -xml
 *
 * A subscription that asks for nothing, or for a name that nobody knows, gets what the sender wrote. What
 * cannot be converted is delivered as it was, with the reason in the header `transformation-error`.
 */
import {
  decodeUtf8,
  encodeUtf8,
  FrameHeaders,
  formatBody,
  isTransformation,
  ProtocolError,
  parseBody,
  type Transformation,
} from '@stompbox/protocol';
import type { DecodedMessage } from '../transcode.js';
import { type JmsType, jmsTypeOf } from './jms-type.js';

/** The broker's own messages about itself; only it sends them with this header. */
const ADVISORY = 'jms-advisory-json';

/**
 * @param target `transformation` of the SUBSCRIBE
 * @returns the very same message when nothing in it changes
 */
export function transformFor(message: DecodedMessage, target: string): DecodedMessage {
  if (!isTransformation(target)) return message;
  const type = jmsTypeOf(message.headers);
  if (type === 'bytes') return message;
  if (type === 'text' && message.headers.get('transformation') !== ADVISORY) {
    return { headers: withHeader(message.headers, 'transformation', target), body: message.body };
  }
  return converted(message, type, target);
}

function converted(message: DecodedMessage, type: JmsType, target: Transformation): DecodedMessage {
  const sent = type === 'text' ? ADVISORY : (message.headers.get('transformation') ?? '');
  try {
    const { body, transformation } =
      sent === ADVISORY
        ? formatBody(parseBody('jms-object-json', decodeUtf8(message.body)), advisoryTarget(target))
        : formatBody(parseBody(sent, decodeUtf8(message.body)), target);
    // A text with `amq-msg-type:text` may carry the length that it had before.
    const headers = withoutHeader(message.headers, 'content-length');
    return {
      headers: withHeader(headers, 'transformation', transformation),
      body: encodeUtf8(body),
    };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const headers = withHeader(message.headers, 'transformation-error', error.message);
    return { headers, body: message.body };
  }
}

/** An advisory is an object in all but the names of its two forms. */
function advisoryTarget(target: Transformation): Transformation {
  if (target === 'jms-json') return ADVISORY;
  return target === 'jms-xml' ? 'jms-advisory-xml' : target;
}

/** The header with this value and no other of its name. */
function withHeader(headers: FrameHeaders, name: string, value: string): FrameHeaders {
  const flat = [...withoutHeader(headers, name).flat];
  flat.push(name, value);
  return new FrameHeaders(flat);
}

function withoutHeader(headers: FrameHeaders, name: string): FrameHeaders {
  if (!headers.has(name)) return headers;
  const flat: string[] = [];
  for (const [other, value] of headers) if (other !== name) flat.push(other, value);
  return new FrameHeaders(flat);
}
