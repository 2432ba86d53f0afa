/** Random frames, limited to what a version can carry, and random ways to cut and spoil streams. */
import {
  CLIENT_COMMANDS,
  type Command,
  type EncodableFrame,
  mayHaveBody,
  SERVER_COMMANDS,
  type StompVersion,
} from '@stompbox/protocol';
import fc from 'fast-check';

export const anyVersion = fc.constantFrom<StompVersion>('1.0', '1.1', '1.2');

const anyCommand = fc.constantFrom<Command>(...CLIENT_COMMANDS, ...SERVER_COMMANDS);

/** Texts rich in what escaping and line ends are about. NUL fits into no header of any version. */
const anyText = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', ':', '\\', '\n', '\r', ' ', 'n', 'c', 't') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 12,
});
const headerText = anyText.map((text) => text.replaceAll('\0', '0'));

/** Names that `content-length` cannot be mistaken for. */
function headerName(isEscaped: boolean): fc.Arbitrary<string> {
  const plain = headerText
    .map((text) => (isEscaped ? text : text.replace(/[\r\n:]/g, '_')))
    .filter((text) => text !== '' && text !== 'content-length');
  return fc.oneof(plain, fc.constantFrom('__proto__', 'constructor', 'destination', 'id'));
}

/** 1.0 has no escapes and trims; the commands that connect have no escapes in any version. */
function headerValue(isTrimmed: boolean, isEscaped: boolean): fc.Arbitrary<string> {
  if (isEscaped) return headerText;
  const oneLine = headerText.map((text) => text.replace(/[\r\n]/g, '_'));
  return isTrimmed ? oneLine.map((text) => text.trim()) : oneLine;
}

/** A frame that this version can carry, body and content-length in agreement. */
export function frameOf(version: StompVersion): fc.Arbitrary<EncodableFrame> {
  return anyCommand.chain((command) => {
    const connects = ['CONNECT', 'STOMP', 'CONNECTED'].includes(command);
    const isEscaped = version !== '1.0' && !connects;
    const isTrimmed = version === '1.0' || (connects && command !== 'CONNECTED');
    const header = fc.tuple(headerName(isEscaped), headerValue(isTrimmed, isEscaped));
    return fc
      .record({
        headers: fc.array(header, { maxLength: 6 }),
        body: mayHaveBody(command)
          ? fc.uint8Array({ maxLength: 40 })
          : fc.constant(new Uint8Array()),
        isSized: fc.boolean(),
      })
      .map(({ headers, body, isSized }) => {
        if (!isSized && !body.includes(0)) return { command, headers, body };
        const length = ['content-length', String(body.length)] as [string, string];
        return { command, headers: [...headers, length], body };
      });
  });
}

/** The same bytes in chunks of random sizes, some of them empty. */
export function cut(stream: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc
    .array(fc.nat({ max: stream.length }), { maxLength: 12 })
    .map((places) => [0, ...places.sort((a, b) => a - b), stream.length])
    .map((edges) => edges.slice(1).map((to, index) => stream.slice(edges[index], to)));
}

/** Bytes of a stream that is nearly STOMP: whole frames, then some bytes changed. */
export function spoiled(stream: Uint8Array): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.constantFrom(0, 10, 13, 58, 92), fc.nat({ max: 255 }));
  return fc
    .array(fc.tuple(fc.nat({ max: Math.max(0, stream.length - 1) }), byte), { maxLength: 4 })
    .map((changes) => {
      const copy = stream.slice();
      for (const [place, value] of changes) copy[place] = value;
      return copy;
    });
}

const headerLine = fc.constantFrom(
  ...[
    'a:b',
    'a: b ',
    'a:\\r',
    'a:\\c\\n\\\\',
    'a:\\t',
    'a:\\',
    '__proto__:x',
    ':',
    'x',
    'a:\r',
    'ü:🐇',
  ],
  ...['content-length:3', 'content-length: 2 ', 'content-length:-1', 'content-length:1e9'],
  ...['content-length:99999999999999999999', 'content-length:104857600', 'content-length:'],
);
const lineEnd = fc.constantFrom('\n', '\n', '\r\n');

const nearlyHead = fc
  .tuple(
    fc.constantFrom('SEND', 'SEND', 'MESSAGE', 'ACK', 'CONNECT', 'CONNECTED', 'SENDX', 'send', ''),
    fc.array(headerLine, { maxLength: 3 }),
    lineEnd,
  )
  .map(([command, lines, end]) => [command, ...lines, '', ''].join(end));

/** Frames made of right and wrong pieces, with right and wrong ends. */
export const nearlyFrames = fc
  .array(
    fc.tuple(
      nearlyHead,
      fc.constantFrom('', 'abc', '\0', 'a\0b', '\n\n', '🐇'),
      fc.constantFrom('\0', '\0', '\0\n', '\0\r\n\0', '', '\n', '\r'),
    ),
    { maxLength: 3 },
  )
  .map((frames) => Uint8Array.from(Buffer.from(frames.flat().join(''), 'utf8')));
