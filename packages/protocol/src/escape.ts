/**
 * Header escaping, which differs per version:
 *
 *   1.0   none; brokers trim values
 *   1.1   \n LF   \c colon   \\ backslash
 *   1.2   the same and \r CR
 *
 * Any other sequence is a fatal protocol error (STOMP 1.2, "Value Encoding"), unless the reader asks
 * to keep it. Decoding is one pass from left to right: replacing one sequence after the other turns
 * `\\n` into a line feed.
 * CONNECT and CONNECTED are never escaped, in no version.
 */
import { FrameError } from './errors.js';
import type { StompVersion } from './version.js';

/**
 * What becomes of an escape sequence that the version does not define. `keep` is for peers that do
 * not escape all they send: ActiveMQ writes header names as they are.
 */
export type UndefinedEscapes = 'refuse' | 'keep';

export function unescapeHeader(
  text: string,
  version: StompVersion,
  undefinedEscapes: UndefinedEscapes = 'refuse',
): string {
  let backslash = text.indexOf('\\');
  if (backslash === -1 || version === '1.0') return text;
  let plain = '';
  let start = 0;
  while (backslash !== -1) {
    const letter = text[backslash + 1];
    plain += text.slice(start, backslash) + unescaped(letter, version, undefinedEscapes);
    start = backslash + 2;
    backslash = text.indexOf('\\', start);
  }
  return plain + text.slice(start);
}

function unescaped(
  letter: string | undefined,
  version: StompVersion,
  undefinedEscapes: UndefinedEscapes,
): string {
  if (letter === 'n') return '\n';
  if (letter === 'c') return ':';
  if (letter === '\\') return '\\';
  if (letter === 'r' && version === '1.2') return '\r';
  const sequence = `\\${letter ?? ''}`;
  if (undefinedEscapes === 'keep') return sequence;
  throw FrameError.of('STOMP_FRAME_BAD_ESCAPE', sequence);
}

const SPECIAL = /[\\\n\r:]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', ':': '\\c' };

export function escapeHeader(text: string, version: StompVersion): string {
  if (!SPECIAL.test(text)) return text;
  if (version === '1.2') return text.replace(/[\\\n\r:]/g, (found) => ESCAPES[found] as string);
  // 1.1 has no sequence for CR, and does not treat it as part of a line end: it travels as it is.
  if (version === '1.1') return text.replace(/[\\\n:]/g, (found) => ESCAPES[found] as string);
  return text;
}

/**
 * STOMP 1.0 has no escapes, so a text that another version allowed could end its line early and
 * smuggle in headers of its own. What would break the line is written as the later versions
 * write it; a colon only breaks names.
 */
export function escapeHeader10(text: string, isName: boolean): string {
  const breaking = isName ? /[\n\r:]/g : /[\n\r]/g;
  return text.replace(breaking, (found) => ESCAPES[found] as string);
}
