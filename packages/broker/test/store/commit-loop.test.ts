import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoreError } from '@stompbox/broker';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { FakeClock } from '../fake-clock.js';
import { ScriptedStore, turn } from './scripted-store.js';

const RECORD = Buffer.from('record');
const LAZY_SYNC_MS = 50;

/** A loop on a store whose commits end by hand. */
function sceneOf() {
  const store = new ScriptedStore();
  const clock = new FakeClock();
  const failures: StoreError[] = [];
  const loop = new CommitLoop(store, clock, (error) => failures.push(error));
  /** What was confirmed, in order. */
  const confirmed: string[] = [];
  let position = 0;
  return {
    ...{ store, clock, loop, failures, confirmed },
    put: (record = RECORD) => loop.put(0, position++, record, 'durable'),
    remove: () => loop.remove(0, position++, 'durable'),
    confirm: (name: string, until: number) => loop.whenDurable(until, () => confirmed.push(name)),
  };
}

describe('the commit loop', () => {
  test('confirms a write only when the store has committed it', async () => {
    const { store, loop, confirmed, ...scene } = sceneOf();
    scene.confirm('one', scene.put());
    await turn();
    assert.deepEqual(store.calls, ['put 0', 'commit']);
    assert.deepEqual(confirmed, []);
    assert.equal(loop.state, 'syncing');
    assert.equal(loop.durableNumber, 0);
    await store.endCommit();
    assert.deepEqual(confirmed, ['one']);
    assert.equal(loop.state, 'idle');
    assert.equal(loop.durableNumber, 1);
  });

  test('makes one commit of all writes of a turn', async () => {
    const { store, loop, confirmed, ...scene } = sceneOf();
    for (let index = 0; index < 100; index++) scene.confirm(`${index}`, scene.put());
    assert.equal(loop.state, 'due');
    assert.equal(store.commitCount, 0);
    await turn();
    assert.equal(store.commitCount, 1);
    await store.endCommit();
    assert.equal(confirmed.length, 100);
    assert.equal(store.commitCount, 1);
  });

  test('confirms in the order in which it was asked', async () => {
    const { store, confirmed, ...scene } = sceneOf();
    const [one, two, three] = [scene.put(), scene.put(), scene.put()];
    scene.confirm('three', three);
    scene.confirm('one', one);
    scene.confirm('two', two);
    scene.confirm('one again', one);
    await turn();
    await store.endCommit();
    assert.deepEqual(confirmed, ['three', 'one', 'two', 'one again']);
  });

  test('confirms at once what is durable already, and what wrote nothing', async () => {
    const { store, confirmed, ...scene } = sceneOf();
    scene.confirm('nothing', 0);
    assert.deepEqual(confirmed, ['nothing']);
    const one = scene.put();
    await turn();
    await store.endCommit();
    scene.confirm('one', one);
    assert.deepEqual(confirmed, ['nothing', 'one']);
    assert.equal(store.commitCount, 1);
  });

  test('gathers what is written during a commit for the next one', async () => {
    const { store, loop, confirmed, ...scene } = sceneOf();
    scene.confirm('one', scene.put());
    await turn();
    scene.confirm('two', scene.put());
    scene.confirm('three', scene.put());
    await turn();
    assert.equal(store.openCommits, 1, 'one commit at a time');
    await store.endCommit();
    assert.deepEqual(confirmed, ['one']);
    assert.equal(loop.durableNumber, 1);
    assert.deepEqual(store.calls, ['put 0', 'commit', 'put 1', 'put 2', 'commit']);
    await store.endCommit();
    assert.deepEqual(confirmed, ['one', 'two', 'three']);
    assert.equal(loop.state, 'idle');
  });

  test('lets removals wait for the next commit', async () => {
    const { store, clock, ...scene } = sceneOf();
    scene.remove();
    await turn();
    assert.equal(store.commitCount, 0);
    scene.put();
    await turn();
    assert.equal(store.commitCount, 1);
    assert.equal(clock.timerCount, 0, 'they need no commit of their own any more');
    await store.endCommit();
    assert.equal(store.commitCount, 1);
  });

  test('gives removals alone a commit after 50 ms, all of them one', async () => {
    const { store, loop, clock, ...scene } = sceneOf();
    scene.remove();
    clock.advance(LAZY_SYNC_MS - 1);
    scene.remove();
    await turn();
    assert.equal(store.commitCount, 0);
    clock.advance(1);
    await turn();
    assert.equal(store.commitCount, 1);
    await store.endCommit();
    assert.equal(loop.durableNumber, 2);
    assert.equal(clock.timerCount, 0);
  });

  test('commits removals written during a commit within 50 ms too', async () => {
    const { store, loop, clock, ...scene } = sceneOf();
    scene.put();
    await turn();
    scene.remove();
    await store.endCommit();
    assert.equal(store.commitCount, 1);
    clock.advance(LAZY_SYNC_MS);
    await turn();
    assert.equal(store.commitCount, 2);
    await store.endCommit();
    assert.equal(loop.durableNumber, 2);
  });

  test('lets a dropped queue wait like a removal', async () => {
    const { store, loop, clock, confirmed, ...scene } = sceneOf();
    const dropped = loop.dropQueue(3);
    await turn();
    assert.deepEqual(store.calls, ['drop 3']);
    clock.advance(LAZY_SYNC_MS);
    await turn();
    scene.confirm('dropped', dropped);
    assert.deepEqual(confirmed, []);
    await store.endCommit();
    assert.deepEqual(confirmed, ['dropped']);
  });

  test('creates queues of both kinds, and a scratch one needs no commit', async () => {
    const { store, loop } = sceneOf();
    loop.createQueue('b', 'scratch');
    await loop.flush();
    assert.deepEqual(store.calls, ['scratch queue b']);
    loop.createQueue('a');
    const flushed = loop.flush();
    await turn();
    await store.endCommit();
    await flushed;
    assert.deepEqual(store.calls, ['scratch queue b', 'durable queue a', 'commit']);
  });

  test('begins at once when somebody waits for a removal', async () => {
    const { store, confirmed, ...scene } = sceneOf();
    scene.confirm('removal', scene.remove());
    await turn();
    assert.equal(store.commitCount, 1);
    assert.deepEqual(confirmed, []);
    await store.endCommit();
    assert.deepEqual(confirmed, ['removal']);
  });

  test('makes no second commit for one who waits for the running one', async () => {
    const { store, confirmed, ...scene } = sceneOf();
    const one = scene.put();
    await turn();
    scene.confirm('one', one);
    await store.endCommit();
    assert.deepEqual(confirmed, ['one']);
    assert.equal(store.commitCount, 1);
  });

  test('refuses to wait for a write that was never made', () => {
    const { loop, ...scene } = sceneOf();
    const one = scene.put();
    assert.throws(() => loop.whenDurable(one + 1, () => {}), /never made/);
  });

  test('calls back once after the next commit, and each callback once', async () => {
    const { store, loop, ...scene } = sceneOf();
    let calls = 0;
    const callback = () => {
      calls += 1;
    };
    loop.afterNextSync(callback);
    loop.afterNextSync(callback);
    scene.put();
    await turn();
    await store.endCommit();
    assert.equal(calls, 1);
    scene.put();
    await turn();
    await store.endCommit();
    assert.equal(calls, 1);
  });

  test('is behind while more than 16 MiB wait for the disk', async () => {
    const { store, loop, ...scene } = sceneOf();
    const mebibyte = Buffer.alloc(1024 * 1024);
    for (let index = 0; index < 16; index++) scene.put(mebibyte);
    assert.equal(loop.isBehind, false);
    await turn();
    scene.put();
    assert.equal(loop.isBehind, true, 'what is being committed waits too');
    await store.endCommit();
    assert.equal(loop.isBehind, false);
  });

  test('flushes what nobody has asked for', async () => {
    const { store, loop, ...scene } = sceneOf();
    scene.remove();
    loop.createQueue('a');
    const flushed = loop.flush();
    await turn();
    assert.equal(store.commitCount, 1);
    await store.endCommit();
    await flushed;
    assert.equal(loop.durableNumber, 2);
    await loop.flush();
    assert.equal(store.commitCount, 1, 'a second flush finds nothing to do');
  });
});

describe('a commit loop whose store fails', () => {
  test('confirms nothing any more and says so once', async () => {
    const { store, loop, failures, confirmed, ...scene } = sceneOf();
    scene.confirm('running', scene.put());
    await turn();
    const next = scene.put();
    scene.confirm('next', next);
    loop.afterNextSync(() => confirmed.push('after sync'));
    const cause = new Error('no space left on device');
    await store.failCommit(cause);
    assert.equal(loop.state, 'failed');
    scene.confirm('later', scene.put());
    scene.remove();
    scene.clock.advance(LAZY_SYNC_MS);
    await turn();
    assert.deepEqual(confirmed, []);
    assert.equal(store.commitCount, 1, 'nobody tries again');
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.code, 'STOMP_STORE_WRITE_FAILED');
    assert.equal(failures[0]?.cause, cause);
    assert.match(failures[0]?.message ?? '', /no space left on device/);
    assert.equal(loop.durableNumber, 0);
  });

  test('still confirms what was durable before', async () => {
    const { store, confirmed, ...scene } = sceneOf();
    const one = scene.put();
    await turn();
    await store.endCommit();
    scene.put();
    await turn();
    await store.failCommit(new Error('EIO'));
    scene.confirm('one', one);
    assert.deepEqual(confirmed, ['one']);
  });

  test('ends a flush, before and after the failure', async () => {
    const { store, loop, failures, ...scene } = sceneOf();
    scene.put();
    const flushed = loop.flush();
    await turn();
    await store.failCommit(new Error('EIO'));
    await flushed;
    await loop.flush();
    assert.equal(failures.length, 1);
  });
});
