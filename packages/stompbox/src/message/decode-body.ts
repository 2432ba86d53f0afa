/**
 * The body that a listener gets. The content-type decides; without one (Java, stomp.py and the
 * ActiveMQ console send none) the body itself does:
 *
 *   content-type                content-length   listener gets
 *   application/json, …+json    any              the parsed value; not JSON: the text, a warning
 *   text/…                      any              the text
 *   application/octet-stream    any              the bytes
 *   any other                   yes              the bytes
 *   any other                   no               the text (a JMS TextMessage)
 *   none                        no               the parsed value; not JSON: the text, a remark
 *   none                        yes              the parsed value; not JSON: the text, a remark;
 *                                                not UTF-8: the bytes
 *
 * Text that is not UTF-8 is never handed over with replacement characters: it arrives as bytes,
 * with a warning; a listener never sees such a message, which is a dead letter. A remark is for the log
 * once, not for each message.
 */
import { isUtf8 } from 'node:buffer';
import { decodeUtf8, type FrameHeaders } from '@stompbox/protocol';

export interface DecodedBody {
  /** A JSON value, a text or a Uint8Array. */
  readonly body: unknown;
  /** What was expected and not found, for the log. */
  readonly warning?: string;
  /** What had to be guessed; the same for all messages of a sender who says no content-type. */
  readonly remark?: string;
}

type Reading = 'json' | 'text' | 'bytes' | 'guess';

export function decodeBody(headers: FrameHeaders, bytes: Uint8Array): DecodedBody {
  const reading = readingOf(headers);
  if (reading === 'bytes') return { body: copyOf(bytes) };
  if (!isUtf8(bytes)) {
    return reading === 'guess'
      ? { body: copyOf(bytes) }
      : { body: copyOf(bytes), warning: 'is not UTF-8 text, although it says so' };
  }
  const text = decodeUtf8(bytes);
  if (reading === 'text') return { body: text };
  // The parser's own words would quote the body, which does not belong into a log.
  return parseJson(text) ?? { body: text, ...complaint(headers) };
}

function readingOf(headers: FrameHeaders): Reading {
  const hasLength = headers.has('content-length');
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '') return hasLength ? 'guess' : 'json';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type.startsWith('text/')) return 'text';
  return type === 'application/octet-stream' || hasLength ? 'bytes' : 'text';
}

/** The listener may keep it, while the client's view belongs to a whole chunk of the network. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function parseJson(text: string): DecodedBody | undefined {
  try {
    return { body: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function complaint(headers: FrameHeaders): Omit<DecodedBody, 'body'> {
  if (headers.get('content-type')) return { warning: 'is not JSON, although it says so' };
  const what = 'has no content-type and is not JSON, so it is handed over as text';
  return { remark: `${what}, like others of its kind` };
}
