/**
 * A message as `tail` prints it. A message comes from anyone, so nothing of it reaches the terminal
 * as a control character: line ends are visible, and escape sequences cannot play tricks.
 */
import type { Message } from '@stompbox/client';
import { decodeBody } from '../message/decode-body.js';

/** `destination`, a tab, and the body on one line; bytes in base64. */
export function formatLine(message: Message): string {
  const { body } = decodeBody(message.headers, message.body);
  return `${visible(message.destination)}\t${visible(textOf(body))}`;
}

/** One JSON object: destination, messageId, headers, and `body` or, for bytes, `bodyBase64`. */
export function formatRecord(message: Message): string {
  // JSON itself escapes C0 only. All others can stand in strings only, where an escape means the same.
  return visible(JSON.stringify(recordOf(message)));
}

/** What `formatRecord` writes, as an object. */
export function recordOf(message: Message): Readonly<Record<string, unknown>> {
  const { destination, messageId } = message;
  const { body } = decodeBody(message.headers, message.body);
  const content = body instanceof Uint8Array ? { bodyBase64: base64(body) } : { body };
  return { destination, messageId, headers: message.headers.toObject(), ...content };
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? `base64:${base64(body)}` : JSON.stringify(body);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Control characters, C1 and the line separators of Unicode included, as escapes. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
