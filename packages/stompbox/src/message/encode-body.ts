/**
 * What an application sends, as it travels:
 *
 *   a text                       unchanged       text/plain                 text
 *   Uint8Array, Buffer           unchanged       application/octet-stream   bytes
 *   everything else              its JSON        application/json           text
 *
 * The last column is the JMS type of the message: text travels without content-length and is a
 * TextMessage for a JMS consumer, bytes travel with it and are a BytesMessage. `bodyType` forces
 * one or the other. A text is not quoted as JSON, so that a JMS consumer gets exactly that text.
 */
import { isUtf8 } from 'node:buffer';
import { type BodyType, OptionsError } from '@stompbox/protocol';
import { findJsonObstacle } from './plain-json.js';

export interface EncodedBody {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly bodyType: BodyType;
}

/**
 * @throws OptionsError `STOMP_OPT_BODY` when the body would not arrive as it is.
 */
export function encodeBody(body: unknown, bodyType?: BodyType): EncodedBody {
  if (typeof body === 'string') return encodeText(body, 'text/plain', bodyType ?? 'text');
  if (body instanceof Uint8Array) return encodeBytes(body, bodyType ?? 'bytes');
  return encodeText(encodeJson(body), 'application/json', bodyType ?? 'text');
}

function encodeText(text: string, contentType: string, bodyType: BodyType): EncodedBody {
  if (/\p{Surrogate}/u.test(text)) {
    throw refusal(
      'the text contains half of a surrogate pair, which UTF-8 cannot carry; repair it',
    );
  }
  if (bodyType === 'text' && text.includes('\0')) {
    throw refusal(
      "a text with NUL cannot travel as a text message; send it with bodyType: 'bytes'",
    );
  }
  return { body: text, contentType, bodyType };
}

function encodeBytes(bytes: Uint8Array, bodyType: BodyType): EncodedBody {
  if (bodyType === 'text' && (bytes.includes(0) || !isUtf8(bytes))) {
    throw refusal(
      "bytes that are not UTF-8 text cannot travel with bodyType: 'text'; leave it out",
    );
  }
  const contentType = bodyType === 'text' ? 'text/plain' : 'application/octet-stream';
  return { body: bytes, contentType, bodyType };
}

function encodeJson(body: unknown): string {
  const obstacle = inspect(body);
  if (obstacle !== undefined) {
    const { path, what, fix } = obstacle;
    throw refusal(`${path} is ${what}, which JSON cannot carry; ${fix}`);
  }
  return JSON.stringify(body);
}

function inspect(body: unknown): ReturnType<typeof findJsonObstacle> {
  try {
    return findJsonObstacle(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw refusal(`one of its getters or toJSON methods failed: ${why}`, error);
  }
}

function refusal(why: string, cause?: unknown): OptionsError {
  const options = cause === undefined ? undefined : { cause };
  return new OptionsError('STOMP_OPT_BODY', `The body cannot be sent: ${why}`, options);
}
