/** Both ends of a pipe in memory behave like sockets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryPipe, type Transport } from '@stompbox/broker';

const MIB = 1024 * 1024;

/** What one end has seen, in order. */
function watched(end: Transport): string[] {
  const seen: string[] = [];
  end.start({
    onData: (chunk) => seen.push(`data ${Buffer.from(chunk).toString().slice(0, 9)}`),
    onDrain: () => seen.push('drain'),
    onClose: (error) => seen.push(error ? `close ${error.message}` : 'close'),
  });
  return seen;
}

const bytes = (text: string) => Buffer.from(text);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a pipe in memory', () => {
  test('brings bytes in order, never inside write', async () => {
    const [one, two] = memoryPipe();
    const seen = watched(two);
    assert.equal(one.write(bytes('a')), true);
    one.write(bytes('b'));
    assert.deepEqual(seen, []);
    await settled();
    assert.deepEqual(seen, ['data a', 'data b']);
  });

  test('tells a paused end that the other one has gone', async () => {
    const [one, two] = memoryPipe();
    const seen = watched(two);
    two.pause();
    one.destroy();
    await settled();
    assert.deepEqual(seen, ['close']);
  });

  test('asks nobody to wait for an end that has gone', async () => {
    const [one, two] = memoryPipe();
    const seen = watched(one);
    watched(two);
    two.pause();
    assert.equal(one.write(Buffer.alloc(2 * MIB)), false);
    two.destroy();
    await settled();
    assert.deepEqual(seen, ['drain', 'close']);
  });

  test('keeps what is written before the other end has started', async () => {
    const [one, two] = memoryPipe();
    one.write(bytes('early'));
    await settled();
    const seen = watched(two);
    await settled();
    assert.deepEqual(seen, ['data early']);
  });

  test('delivers all that was written before the end, then closes both ends', async () => {
    const [one, two] = memoryPipe();
    const [seenOne, seenTwo] = [watched(one), watched(two)];
    one.write(bytes('last'));
    one.end();
    await settled();
    assert.deepEqual(seenTwo, ['data last', 'close']);
    assert.deepEqual(seenOne, ['close']);
  });

  test('closes once, whoever ends it how often', async () => {
    const [one, two] = memoryPipe();
    const [seenOne, seenTwo] = [watched(one), watched(two)];
    one.end();
    one.destroy();
    two.end();
    two.destroy(new Error('late'));
    await settled();
    assert.deepEqual([seenOne.length, seenTwo.length], [1, 1]);
  });

  test('says why it was destroyed to its own side, and drops what was on its way', async () => {
    const [one, two] = memoryPipe();
    const [seenOne, seenTwo] = [watched(one), watched(two)];
    one.write(bytes('lost'));
    one.destroy(new Error('cut'));
    await settled();
    assert.deepEqual(seenOne, ['close cut']);
    assert.deepEqual(seenTwo, ['close']);
  });

  test('swallows what is written after the end', async () => {
    const [one, two] = memoryPipe();
    const [, seenTwo] = [watched(one), watched(two)];
    one.end();
    assert.equal(one.write(bytes('late')), true);
    assert.equal(two.write(bytes('late')), true);
    await settled();
    assert.deepEqual(seenTwo, ['close']);
  });

  test('holds bytes back while the reader pauses', async () => {
    const [one, two] = memoryPipe();
    const seen = watched(two);
    two.pause();
    one.write(bytes('a'));
    await settled();
    assert.deepEqual(seen, []);
    two.resume();
    await settled();
    assert.deepEqual(seen, ['data a']);
  });

  test('closes for a paused reader only after it has read all', async () => {
    const [one, two] = memoryPipe();
    const seen = watched(two);
    two.pause();
    one.write(bytes('a'));
    one.end();
    await settled();
    assert.deepEqual(seen, []);
    two.resume();
    await settled();
    assert.deepEqual(seen, ['data a', 'close']);
  });

  test('asks a writer for patience from a megabyte on, and tells it when there is room', async () => {
    const [one, two] = memoryPipe();
    const [seenOne, seenTwo] = [watched(one), watched(two)];
    two.pause();
    assert.equal(one.write(Buffer.alloc(MIB - 1, 'x')), true);
    assert.equal(one.write(bytes('y')), false);
    await settled();
    assert.deepEqual(seenOne, []);
    two.resume();
    await settled();
    assert.deepEqual(seenOne, ['drain']);
    assert.equal(seenTwo.length, 2);
    assert.equal(one.write(bytes('z')), true);
  });

  test('is between two ends on this machine', () => {
    for (const end of memoryPipe()) assert.deepEqual([end.peer, end.isLocal], ['memory', true]);
  });
});
