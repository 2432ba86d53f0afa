/** The error of a selector that cannot be read: where it is, and what was expected there. */
import { ProtocolError } from '@stompbox/protocol';

/** Characters shown before and after the position. */
const EXCERPT_RADIUS = 40;

/** @param index where the complaint is about, counted from 0; the text counts from 1. */
export function selectorError(text: string, index: number, complaint: string): ProtocolError {
  const message = `Bad selector at position ${index + 1}: ${complaint} : ${excerpt(text, index)}`;
  // An error text is one line, whatever the selector holds.
  return new ProtocolError('STOMP_PROTO_BAD_SELECTOR', message.replace(/\p{Cc}/gu, ' '));
}

/** The words of a token for an error text: in double quotes, and short. */
export function quoted(source: string): string {
  const shown = source.length > EXCERPT_RADIUS ? `${source.slice(0, EXCERPT_RADIUS)}…` : source;
  return `"${shown}"`;
}

function excerpt(text: string, index: number): string {
  const start = Math.max(0, index - EXCERPT_RADIUS);
  const end = Math.min(text.length, index + EXCERPT_RADIUS);
  return (start > 0 ? '…' : '') + text.slice(start, end) + (end < text.length ? '…' : '');
}
