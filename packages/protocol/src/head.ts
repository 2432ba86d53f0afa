/**
 * Reads the head of a frame: command, headers and the content-length among them. A head that was found
 * to be plain is only wrapped; any other is parsed here.
 */
import { decodeAscii, decodeUtf8Strict } from './bytes.js';
import { FrameError } from './errors.js';
import { type UndefinedEscapes, unescapeHeader } from './escape.js';
import { CLIENT_COMMANDS, type Command, isNeverEscaped, SERVER_COMMANDS } from './frame.js';
import type { HeadScan } from './head-scan.js';
import { FrameHeaders } from './headers.js';
import { PlainHead } from './plain-head.js';
import type { StompVersion } from './version.js';

export interface Head {
  readonly command: Command;
  readonly headers: FrameHeaders;
  readonly contentLength: number | undefined;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [...CLIENT_COMMANDS, ...SERVER_COMMANDS].map((command) => [command, command]),
);

/** Commands by the number of their letters: at most four begin to compare. */
const COMMANDS_BY_LENGTH: readonly (readonly Command[])[] = Array.from(
  { length: 12 },
  (_, length) => [...COMMANDS.values()].filter((command) => command.length === length),
);

/** How many characters of a peer's text an error message repeats. */
const QUOTED_CHARACTERS = 60;

/**
 * How a header line is read: 1.1 keeps a CR at its end (there a line ends with LF alone), 1.0 trims
 * values, and `raw` is the way of CONNECTED, which no version escapes.
 */
type LineRules = StompVersion | 'raw';

/**
 * @param input holds the head with its empty line from `start` to `end`
 * @param scan what has just gone over it
 */
export function readHead(
  input: Uint8Array,
  start: number,
  end: number,
  scan: HeadScan,
  rules: { readonly version: StompVersion; readonly escapes: UndefinedEscapes },
): Head {
  if (scan.isPlain && rules.version !== '1.0') {
    const marks = scan.takeMarks();
    const command = findCommand(input, start, marks[0] as number);
    if (command !== undefined && !isNeverEscaped(command)) {
      const headers = new FrameHeaders(new PlainHead(input, start, marks));
      return { command, headers, contentLength: scan.contentLength };
    }
  }
  return parseHead(input.subarray(start, end), scan.isAscii, rules.version, rules.escapes);
}

function findCommand(input: Uint8Array, start: number, length: number): Command | undefined {
  return COMMANDS_BY_LENGTH[length]?.find((command) => {
    for (let index = 0; index < length; index++) {
      if (input[start + index] !== command.charCodeAt(index)) return false;
    }
    return true;
  });
}

function parseHead(
  bytes: Uint8Array,
  isAscii: boolean,
  version: StompVersion,
  escapes: UndefinedEscapes,
): Head {
  const text = isAscii ? decodeAscii(bytes, 0, bytes.length) : decodeStrict(bytes);
  const commandEnd = text.indexOf('\n');
  const command = parseCommand(withoutCr(text.slice(0, commandEnd)));
  const rules = rulesOf(command, version);
  const flat: string[] = [];
  let contentLength: number | undefined;
  let start = commandEnd + 1;
  for (;;) {
    const lineEnd = text.indexOf('\n', start);
    if (lineEnd === start || (lineEnd === start + 1 && text[start] === '\r')) break;
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon > lineEnd) throw lineError(command, text.slice(start, lineEnd));
    if (colon === start) throw FrameError.of('STOMP_FRAME_EMPTY_HEADER_NAME');
    const name = readText(text.slice(start, colon), rules, escapes);
    const value = readValue(text.slice(colon + 1, lineEnd), rules, escapes);
    flat.push(name, value);
    // Repeated headers: the first one is the value (STOMP 1.2, "Repeated Header Entries").
    if (name === 'content-length' && contentLength === undefined) {
      contentLength = parseContentLength(value);
    }
    start = lineEnd + 1;
  }
  return { command, headers: new FrameHeaders(flat), contentLength };
}

/** CONNECT comes before a version is agreed, so it is read as 1.0 has it, for every client (ActiveMQ). */
function rulesOf(command: Command, version: StompVersion): LineRules {
  if (!isNeverEscaped(command)) return version;
  return command === 'CONNECTED' ? 'raw' : '1.0';
}

function decodeStrict(bytes: Uint8Array): string {
  try {
    return decodeUtf8Strict(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) throw FrameError.of('STOMP_FRAME_BAD_UTF8');
    throw cause;
  }
}

function parseCommand(text: string): Command {
  const command = COMMANDS.get(text);
  if (command === undefined) throw FrameError.of('STOMP_FRAME_UNKNOWN_COMMAND', quoted(text));
  return command;
}

function readText(text: string, rules: LineRules, escapes: UndefinedEscapes): string {
  return rules === 'raw' ? text : unescapeHeader(text, rules, escapes);
}

function readValue(text: string, rules: LineRules, escapes: UndefinedEscapes): string {
  if (rules === '1.1') return unescapeHeader(text, rules, escapes);
  if (rules === '1.0') return text.trim();
  return readText(withoutCr(text), rules, escapes);
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function parseContentLength(value: string): number {
  const trimmed = value.trim();
  // Fifteen digits stay below 2^53; larger numbers exceed every limit anyway.
  if (!/^\d{1,15}$/.test(trimmed)) {
    throw FrameError.of('STOMP_FRAME_BAD_CONTENT_LENGTH', quoted(value));
  }
  return Number(trimmed);
}

/** Errors go to logs, and in a CONNECT the line may be the passcode: it is not repeated then. */
function lineError(command: Command, line: string): FrameError {
  const isSecret = command === 'CONNECT' || command === 'STOMP';
  return FrameError.of('STOMP_FRAME_HEADER_WITHOUT_COLON', isSecret ? '…' : quoted(line));
}

/** A peer's text, shortened and on one line, fit for an error message. */
function quoted(text: string): string {
  const shortened = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return shortened.replace(/[^\x20-\x7e…]/g, '?');
}
