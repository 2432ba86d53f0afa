/** An error as headers carry it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { errorText } from '../../dist/failure/error-text.js';
import { describeFailure } from '../../dist/failure/failure-description.js';

function errorAt(stack: string, message = 'no price for 17'): Error {
  const error = new TypeError(message);
  error.stack = `TypeError: ${message}\n${stack}`;
  return error;
}

const here =
  '    at priceOf (/srv/app/dist/price.js:10:5)\n    at async Orders.onMessage (/srv/app/x.js:3:1)';

describe('the fingerprint of a failure', () => {
  const fingerprint = describeFailure(errorAt(here)).fingerprint;

  test('is the same for another text, line, column and folder', () => {
    const moved = here.replace('10:5', '99:7').replace('/srv/app/dist', 'file:///opt/v2/dist');
    assert.equal(describeFailure(errorAt(moved, 'no price for 18')).fingerprint, fingerprint);
    assert.match(fingerprint, /^[0-9a-f]{16}$/);
  });

  test('differs by class, function and file', () => {
    const other = new RangeError('no price for 17');
    other.stack = errorAt(here).stack ?? '';
    const fingerprints = [
      describeFailure(other),
      describeFailure(errorAt(here.replace('priceOf', 'taxOf'))),
      describeFailure(errorAt(here.replace('price.js', 'tax.js'))),
    ].map((one) => one.fingerprint);
    assert.equal(new Set([fingerprint, ...fingerprints]).size, 4);
  });
});

describe('what headers say about a failure', () => {
  test('fits: 1 kB of text and 8 kB of stack, never half a character', () => {
    const error = errorAt(`    at a (b.js:1:1)\n${'é'.repeat(9000)}`, '€'.repeat(2000));
    const { message, stack = '' } = describeFailure(error);
    assert.ok(Buffer.byteLength(message) <= 1024 && message.endsWith('€…'), message.slice(-5));
    assert.ok(Buffer.byteLength(stack) <= 8192 && stack.endsWith('é…'));
    assert.ok(!message.includes('\uFFFD'));
  });

  test('survives half a surrogate pair', () => {
    assert.equal(describeFailure(new Error('a\ud800b')).message, 'a\uFFFDb');
  });

  test('has the class and the code', () => {
    const error = Object.assign(new SyntaxError('x'), { code: 42 });
    const { failureClass, code } = describeFailure(error);
    assert.deepEqual([failureClass, code], ['SyntaxError', '42']);
  });

  test('is possible for errors whose own code throws, or that are odd', () => {
    class Hostile extends Error {
      override get message(): string {
        throw new Error('not even this');
      }
    }
    const hostile = { toString: () => assert.fail('asked'), [inspect.custom]: () => assert.fail() };
    const odd = Object.assign(new Error('x'), { message: 42, name: 7, stack: null });
    for (const error of [new Hostile(), hostile, odd]) {
      assert.match(describeFailure(error).fingerprint, /^[0-9a-f]{16}$/);
      assert.equal(typeof describeFailure(error).message, 'string');
      assert.equal(typeof errorText(error), 'string');
    }
  });

  test('is possible for whatever can be thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, { a: 1 }, Symbol('s')]) {
      const { message, stack, fingerprint } = describeFailure(thrown);
      assert.equal(typeof message, 'string');
      assert.equal(stack, undefined);
      assert.match(fingerprint, /^[0-9a-f]{16}$/);
    }
    assert.equal(describeFailure('text').message, 'text');
  });
});
