/** What stands for the protocol's encoder.ts and escape.ts in browsers: the same texts, made without haste. */
import type {
  Command,
  EncodableFrame,
  HeaderEntries,
  StompVersion,
  UndefinedEscapes,
} from '@stompbox/protocol';
import { encodeUtf8 } from './bytes.js';
import { FrameError } from './stomp-errors.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  ':': '\\c',
};

/** What each version escapes; 1.0 has no escapes, so only what would break the line is written so. */
const SPECIAL = { '1.0': /[\n\r]/g, '1.1': /[\\\n:]/g, '1.2': /[\\\n\r:]/g };

export function escapeHeader(
  text: string,
  version: StompVersion,
  special: RegExp = SPECIAL[version],
): string {
  return text.replace(special, (found) => ESCAPES[found] as string);
}

/** @throws FrameError `STOMP_FRAME_BAD_ESCAPE` */
export function unescapeHeader(
  text: string,
  version: StompVersion,
  undefinedEscapes?: UndefinedEscapes,
): string {
  if (version === '1.0') return text;
  return text.replace(/\\(.?)/gs, (sequence) => {
    const found = Object.keys(ESCAPES).find((plain) => ESCAPES[plain] === sequence);
    if (found !== undefined && (found !== '\r' || version === '1.2')) return found;
    if (undefinedEscapes === 'keep') return sequence;
    throw FrameError.of('STOMP_FRAME_BAD_ESCAPE', sequence);
  });
}

/** @throws FrameError `STOMP_FRAME_NUL_IN_HEADER` */
export function encodeHeaderLine(name: string, value: string, version: StompVersion): string {
  const isOld = version === '1.0';
  const first = isOld ? escapeHeader(name, version, /[\n\r:]/g) : escapeHeader(name, version);
  const line = `${first}:${escapeHeader(value, version)}\n`;
  if (line.includes('\0')) throw FrameError.of('STOMP_FRAME_NUL_IN_HEADER');
  return line;
}

/** Command, headers and the empty line, as text. */
export function encodeHead(
  command: Command,
  headers: HeaderEntries,
  version: StompVersion,
): string {
  let head = `${command}\n`;
  // STOMP 1.2, "Value Encoding": CONNECT is not escaped, for servers of 1.0.
  const rules = command === 'CONNECT' ? '1.0' : version;
  for (const [name, value] of headers) {
    if (name === '') throw FrameError.of('STOMP_FRAME_EMPTY_HEADER_NAME');
    head += encodeHeaderLine(name, value, rules);
  }
  return `${head}\n`;
}

/** A frame without a body, which is what the client makes of CONNECT. */
export function encodeFrame(
  { command, headers }: Omit<EncodableFrame, 'body'>,
  version: StompVersion,
) {
  return encodeUtf8(`${encodeHead(command, headers, version)}\0\n`);
}
