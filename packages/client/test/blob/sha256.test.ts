import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatDigest,
  formatReprDigest,
  newSha256,
  parseReprDigest,
} from '../../dist/blob/sha256.js';
import { PortableSha256 } from '../../dist/blob/sha256-portable.js';

test('the portable SHA-256 gives the digests of FIPS 180-4', () => {
  for (const [text, expected] of [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ] as const) {
    const hash = new PortableSha256();
    hash.update(Buffer.from(text));
    assert.equal(hash.digest(), expected);
  }
});

test('the portable SHA-256 is the one of Node, however the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      const [own, nodes, other] = [new PortableSha256(), createHash('sha256'), newSha256()];
      for (const chunk of chunks) for (const hash of [own, nodes, other]) hash.update(chunk);
      const expected = nodes.digest('hex');
      assert.equal(own.digest(), expected);
      assert.equal(other.digest(), expected);
    }),
  );
});

test('a digest in HTTP is that of messages in other words', () => {
  const hash = createHash('sha256').update('hello');
  const hex = hash.copy().digest('hex');
  assert.equal(formatReprDigest(hex), `sha-256=:${hash.digest('base64')}:`);
  assert.equal(parseReprDigest(formatReprDigest(hex)), formatDigest(hex));
  assert.equal(parseReprDigest(`md5=:AAAA:, ${formatReprDigest(hex)}`), formatDigest(hex));
  assert.equal(parseReprDigest(null), undefined);
  assert.equal(parseReprDigest('md5=:AAAA:'), undefined);
});
