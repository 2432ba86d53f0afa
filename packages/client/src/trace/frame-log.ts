/**
 * Frames as lines of text, for people who look at what goes over the wire:
 *
 *   out mq:61613 SEND destination=/queue/a receipt=r1 (5 bytes) "hello"
 *   in mq:61613 heart-beat
 *
 * - One frame is one line, whatever bytes it has: control characters are escaped.
 * - Values of headers that hold secrets are shown as `***`, and so are logins within URLs. Bodies,
 *   whose secrets nobody can tell, are left out unless asked for.
 */
import { encodeUtf8 } from '@stompbox/protocol';
import { checkFlag, checkFunction, checkKeys, checkObject, checkWhole } from '../option-checks.js';

/** As much of a frame event of `connection.onFrame` as it takes. */
export interface LoggableFrame {
  readonly direction: 'in' | 'out';
  readonly peer: string;
  /** Nothing for a heart-beat. */
  readonly frame:
    | {
        readonly command: string;
        readonly headers: Iterable<readonly [name: string, value: string]>;
        readonly body: string | Uint8Array;
      }
    | undefined;
}

export interface FrameLogOptions {
  /** True: bodies are written too, as text, or in hexadecimal if they are none. Default false. */
  readonly bodies?: boolean;
  /** How much of a body is written, in bytes. Default 256. */
  readonly maxBodyBytes?: number;
}

const KEYS: ReadonlySet<string> = new Set<keyof FrameLogOptions>(['bodies', 'maxBodyBytes']);

/**
 * A listener for `connection.onFrame` that writes a line, without a line end, for each frame.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function frameLog(
  write: (line: string) => void,
  options: FrameLogOptions = {},
): (event: LoggableFrame) => void {
  checkFunction('write', write);
  checkKeys('frameLog', checkObject('options', options), KEYS);
  const hasBodies = checkFlag('bodies', options.bodies ?? false);
  const maxBytes = checkWhole(
    'maxBodyBytes',
    options.maxBodyBytes ?? 256,
    0,
    Number.MAX_SAFE_INTEGER,
  );
  return ({ direction, peer, frame }) => {
    if (frame === undefined) {
      write(`${direction} ${peer} heart-beat`);
      return;
    }
    const words = [direction, peer, frame.command];
    for (const [name, value] of frame.headers) words.push(headerText(name, value));
    const body = typeof frame.body === 'string' ? encodeUtf8(frame.body) : frame.body;
    if (body.length > 0) words.push(`(${body.length} bytes)`);
    if (body.length > 0 && hasBodies) words.push(bodyText(body, maxBytes));
    write(words.join(' '));
  };
}

const MASK = '***';

const SECRET_NAME =
  /pass(?:code|word|phrase|wd)|secret|token|auth(?:\b|[-_]|ori[sz]ation)|credential|cookie|api[-_]?key|signature|jwt|bearer/i;
const SECRET_VALUE = /^\s*(?:basic|bearer|digest|negotiate)\s+\S/i;
/** The login of a URL, in a list of servers too. */
const URL_LOGIN = /(:\/\/)[^/?#\s,()]*@/g;

/** Longer values tell nothing more to a reader. */
const MAX_VALUE_CHARACTERS = 256;

function headerText(name: string, value: string): string {
  const isSecret = SECRET_NAME.test(name) || SECRET_VALUE.test(value);
  const shown = isSecret ? MASK : value.replace(URL_LOGIN, `$1${MASK}@`);
  const cut =
    shown.length > MAX_VALUE_CHARACTERS ? `${shown.slice(0, MAX_VALUE_CHARACTERS)}…` : shown;
  return `${word(name)}=${word(cut)}`;
}

/** In quotes where it would not be told from its neighbours. */
function word(text: string): string {
  return /^[^\s"=\\]+$/.test(text) ? escapeControls(text) : quote(text);
}

function bodyText(body: Uint8Array, maxBytes: number): string {
  const shown = body.subarray(0, maxBytes);
  const more = body.length > maxBytes ? '…' : '';
  const text = textOf(shown, more !== '');
  return (text === undefined ? `0x${hex(shown)}` : quote(text)) + more;
}

/** @param isCut a character may have been cut at the end */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: isCut,
    });
  } catch {
    // Bytes that are no text are shown as such.
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function quote(text: string): string {
  return `"${escapeControls(text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Also what would turn the direction of text or end a line in some viewers. */
function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return SHORT_ESCAPES[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}
