/** Text and bytes, with Node's Buffer and, in a fresh context, as in a browser that has none. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import vm from 'node:vm';
import * as protocol from '@stompbox/protocol';

type Bytes = Pick<typeof protocol, 'decodeUtf8' | 'encodeUtf8' | 'utf8Length'>;

/** What is not public, for the portable one alone. */
interface PortableBytes extends Bytes {
  decodeAscii(bytes: Uint8Array, start: number, end: number): string;
}

/** The compiled module evaluated where `Buffer` does not exist. It imports nothing. */
function bytesWithoutBuffer(): PortableBytes {
  const file = new URL(import.meta.resolve('@stompbox/protocol')).pathname;
  const source = readFileSync(file.replace(/index\.js$/, 'bytes.js'), 'utf8')
    .replaceAll(/^export (const|function) (\w+)/gm, '$1 $2')
    .replace(/^\/\/# sourceMappingURL.*$/m, '');
  const context = vm.createContext({ TextEncoder, TextDecoder, Uint8Array });
  return vm.runInContext(
    `${source}\n;({ decodeAscii, decodeUtf8, encodeUtf8, utf8Length })`,
    context,
  );
}

for (const [where, bytes] of [
  ['with Buffer', protocol],
  ['without Buffer', bytesWithoutBuffer()],
] as const) {
  describe(`text and bytes ${where}`, () => {
    for (const text of ['', 'plain', 'grüße', '日本', '🐇', '\ufeffmark', 'a\0b\n']) {
      test(`${JSON.stringify(text)} survives`, () => {
        const encoded = bytes.encodeUtf8(text);
        assert.deepEqual([...encoded], [...Buffer.from(text, 'utf8')]);
        assert.equal(bytes.utf8Length(text), encoded.length);
        assert.equal(bytes.decodeUtf8(encoded), text);
      });
    }

    test('what UTF-8 cannot carry becomes U+FFFD', () => {
      assert.deepEqual([...bytes.encodeUtf8('\ud800')], [0xef, 0xbf, 0xbd]);
      assert.equal(bytes.decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb');
    });
  });
}

test('a range of ASCII is decoded without Buffer too', () => {
  const ascii = Uint8Array.from(Buffer.from('MESSAGE\na:b\n\x7f\n'));
  assert.equal(bytesWithoutBuffer().decodeAscii(ascii, 8, 13), 'a:b\n\x7f');
});

test('joined parts follow each other', () => {
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
  assert.deepEqual(protocol.joinBytes(parts, 3), Uint8Array.of(1, 2, 3));
  assert.deepEqual(protocol.joinBytes([], 0), protocol.EMPTY_BYTES);
});

test('many bytes are joined without a gap, into memory that only they use', () => {
  const parts = [new Uint8Array(5000).fill(1), new Uint8Array(3000).fill(2)];
  const joined = protocol.joinBytes(parts, 8000);
  assert.equal(joined.buffer.byteLength, 8000);
  assert.equal(Object.getPrototypeOf(joined), Uint8Array.prototype);
  assert.equal(Buffer.compare(joined, Buffer.concat(parts)), 0);
});
