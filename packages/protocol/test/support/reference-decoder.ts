/**
 * The slow and obvious decoder: the whole stream at once, no limits, no views, one line after the
 * other. Properties compare the real decoder with it.
 */
import type { StompVersion } from '@stompbox/protocol';
import type { ReadFrame, ReadResult } from './read-frames.js';

const COMMANDS = (
  'CONNECT STOMP SEND SUBSCRIBE UNSUBSCRIBE ACK NACK BEGIN COMMIT ABORT DISCONNECT ' +
  'CONNECTED MESSAGE RECEIPT ERROR'
).split(' ');
const WITH_BODY = ['SEND', 'MESSAGE', 'ERROR'];
const BEFORE_VERSION = ['CONNECT', 'STOMP'];

type Failure = NonNullable<ReadResult['error']>;

/** Ends the reading with a code; not a FrameError, so that the oracle shares nothing with the subject. */
class Malformed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure);
    this.failure = failure;
  }
}

export function referenceRead(stream: Uint8Array, version: StompVersion): ReadResult {
  const frames: ReadFrame[] = [];
  let rest = Buffer.from(stream);
  try {
    for (;;) {
      while (rest.length > 0 && [0, 10, 13].includes(rest[0] as number)) rest = rest.subarray(1);
      const read = readFrame(rest, version);
      if (read === undefined) return { frames, error: undefined };
      frames.push(read.frame);
      rest = rest.subarray(read.length);
    }
  } catch (error) {
    if (error instanceof Malformed) return { frames, error: error.failure };
    throw error;
  }
}

function readFrame(rest: Buffer, version: StompVersion) {
  const lines = readLines(rest);
  if (lines === undefined) return undefined;
  const [commandLine = '', ...headerLines] = lines.texts;
  const command = commandLine.replace(/\r$/, '');
  if (!COMMANDS.includes(command)) throw new Malformed('STOMP_FRAME_UNKNOWN_COMMAND');
  const headers: [string, string][] = [];
  let stated: string | undefined;
  for (const line of headerLines) {
    const rules = BEFORE_VERSION.includes(command) ? '1.0' : version;
    const [name, value] = readHeader(line, rules, command === 'CONNECTED');
    headers.push([name, value]);
    if (name !== 'content-length' || stated !== undefined) continue;
    stated = value.trim();
    if (!/^\d{1,15}$/.test(stated)) throw new Malformed('STOMP_FRAME_BAD_CONTENT_LENGTH');
  }
  const isSized = stated !== undefined && WITH_BODY.includes(command);
  const end = isSized ? lines.length + Number(stated) : rest.indexOf(0, lines.length);
  if (end === -1 || end >= rest.length) return undefined;
  if (rest[end] !== 0) throw new Malformed('STOMP_FRAME_MISSING_NUL');
  const body = rest.subarray(lines.length, end).toString('latin1');
  return { frame: { command, headers, body }, length: end + 1 };
}

/** The lines of a head without its empty line, and the length of all of it. */
function readLines(rest: Buffer): { texts: string[]; length: number } | undefined {
  const texts: string[] = [];
  let start = 0;
  for (;;) {
    const feed = rest.indexOf(10, start);
    const nul = rest.indexOf(0, start);
    if (nul !== -1 && (feed === -1 || nul < feed)) {
      throw new Malformed('STOMP_FRAME_NUL_IN_HEADER');
    }
    if (feed === -1) return undefined;
    const line = rest.subarray(start, feed);
    start = feed + 1;
    const text = line.toString('utf8');
    if (texts.length > 0 && (text === '' || text === '\r')) {
      if (!Buffer.from(rest.subarray(0, start).toString('utf8')).equals(rest.subarray(0, start))) {
        throw new Malformed('STOMP_FRAME_BAD_UTF8');
      }
      return { texts, length: start };
    }
    texts.push(text);
  }
}

function readHeader(line: string, version: StompVersion, isRaw: boolean): [string, string] {
  const colon = line.indexOf(':');
  if (colon === -1) throw new Malformed('STOMP_FRAME_HEADER_WITHOUT_COLON');
  if (colon === 0) throw new Malformed('STOMP_FRAME_EMPTY_HEADER_NAME');
  const name = plain(line.slice(0, colon), version, isRaw);
  const written = line.slice(colon + 1);
  const keepsCr = version === '1.1' && !isRaw;
  const trimmed = version === '1.0' && !isRaw ? written.trim() : written;
  const value = plain(keepsCr ? trimmed : trimmed.replace(/\r$/, ''), version, isRaw);
  return [name, value];
}

function plain(text: string, version: StompVersion, isRaw: boolean): string {
  if (isRaw || version === '1.0') return text;
  return text.replace(/\\(.?)/gsu, (_sequence, letter: string) => {
    const meaning = { n: '\n', c: ':', '\\': '\\', r: version === '1.2' ? '\r' : undefined };
    const found = Object.entries(meaning).find(([known]) => known === letter)?.[1];
    if (found === undefined) throw new Malformed('STOMP_FRAME_BAD_ESCAPE');
    return found;
  });
}
