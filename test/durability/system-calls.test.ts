/** The reading of traces, on traces of a broker that confirms too early. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSyncedBetween, parseSystemCalls } from './system-calls.js';

const WRITE = '7 pwrite64(5</d/journal>, "body", 4, 0) = 4';
const SYNC = '8 fdatasync(5</d/journal>) = 0';
const RECEIPT = '7 write(9<socket:[1]>, "RECEIPT", 7) = 7';

function isProven(...lines: string[]): boolean {
  const calls = parseSystemCalls(lines.join('\n'));
  const write = calls.find((call) => call.name === 'pwrite64');
  const receipt = calls.find((call) => call.name === 'write');
  assert.ok(write && receipt);
  return isSyncedBetween(calls, write, receipt);
}

describe('a receipt in a trace', () => {
  test('after a sync is proven', () => {
    assert.equal(isProven(WRITE, SYNC, RECEIPT), true);
  });

  test('before the sync is not', () => {
    assert.equal(isProven(WRITE, RECEIPT, SYNC), false);
    assert.equal(isProven(SYNC, WRITE, RECEIPT), false);
  });

  test('without a sync, or after one of another file, is not', () => {
    assert.equal(isProven(WRITE, RECEIPT), false);
    assert.equal(isProven(WRITE, SYNC.replace('journal', 'other'), RECEIPT), false);
  });

  test('after a sync that failed is not', () => {
    assert.equal(
      isProven(WRITE, SYNC.replace('= 0', '= -1 EIO (Input/output error)'), RECEIPT),
      false,
    );
  });

  test('is not proven by a sync that had begun before or ended later', () => {
    const begun = '8 fdatasync(5</d/journal> <unfinished ...>';
    const resumed = '8 <... fdatasync resumed>) = 0';
    assert.equal(isProven(WRITE, begun, resumed, RECEIPT), true);
    assert.equal(isProven(WRITE, begun, RECEIPT, resumed), false);
    assert.equal(isProven(begun, WRITE, resumed, RECEIPT), false);
  });
});
