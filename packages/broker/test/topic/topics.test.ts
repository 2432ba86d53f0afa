/** The registry of topics: who receives, and which topics are forgotten. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessage } from '../../dist/message.js';
import { resolveOptions } from '../../dist/options.js';
import { Topics } from '../../dist/topic/topics.js';

const MAX_UNUSED = 10_000;
const NOBODY = { connectionId: undefined, clientId: undefined };

function topics(policies: Parameters<typeof resolveOptions>[0] = {}) {
  const removed: string[] = [];
  const ignore = () => {};
  const registry = new Topics({
    ...{ now: () => 0, onExpired: ignore, onDropped: ignore, onSlow: ignore, onRefused: ignore },
    ...{ onBacklogBytes: ignore, onAdded: ignore },
    policies: resolveOptions(policies).policies,
    onRemoved: ({ name }) => removed.push(name),
  });
  return { registry, removed };
}

const named = (name: string) => ({ kind: 'topic', name }) as const;

function message() {
  const body = new Uint8Array();
  return createMessage({
    id: 'ID-1',
    traits: 0,
    priority: 4,
    headerLines: 'destination:x\n',
    body,
  });
}

describe('topics that nobody uses', () => {
  test('are forgotten, the oldest first, when there are more than 10,000', () => {
    const { registry, removed } = topics();
    for (let count = 0; count < MAX_UNUSED + 2; count++) registry.receivers(named(`t${count}`));
    assert.deepEqual(removed, ['t0', 't1']);
    assert.equal([...registry].length, MAX_UNUSED);
  });

  test('stay when somebody has begun to use them, or they have retained something', () => {
    const { registry, removed } = topics({
      policies: [{ destination: '/topic/t1', retainedMessages: 1 }],
    });
    registry.receivers(named('t0'));
    registry.topic(named('t0')).addFeed({ consumerCount: 1, take: () => 0 });
    registry.receivers(named('t1')).own.publish(message(), NOBODY);
    for (let count = 2; count < MAX_UNUSED + 3; count++) registry.receivers(named(`t${count}`));
    assert.deepEqual(removed, ['t2']);
  });

  test('of patterns are forgotten at once', () => {
    const { registry } = topics();
    const feed = { consumerCount: 0, take: () => 0 };
    const pattern = registry.topic(named('a.>'));
    pattern.addFeed(feed);
    assert.deepEqual(registry.receivers(named('a.b')).patterns, [pattern]);
    pattern.removeFeed(feed);
    assert.deepEqual(registry.receivers(named('a.b')).patterns, []);
    assert.equal(registry.get('a.>'), undefined);
  });
});

describe('the version of the topics', () => {
  test('grows when receivers may have changed, and with nothing else', () => {
    const { registry } = topics();
    const versions = [registry.version];
    const note = () => versions.push(registry.version);
    const feed = { consumerCount: 0, take: () => 0 };
    const own = registry.topic(named('a.b'));
    note();
    const pattern = registry.topic(named('a.*'));
    note();
    pattern.addFeed(feed);
    pattern.removeFeed(feed);
    note();
    registry.remove(own);
    note();
    assert.deepEqual(
      versions.map((version, index) => version > (versions[index - 1] ?? -1)),
      [true, true, true, true, true],
    );
    registry.receivers(named('c'));
    const { version } = registry;
    registry.receivers(named('c'));
    registry.topic(named('c'));
    assert.equal(registry.version, version);
  });
});

test('a feed of two topics that match one message takes it once', () => {
  const { registry } = topics();
  let taken = 0;
  const feed = {
    consumerCount: 1,
    take: () => {
      taken += 1;
      return 7;
    },
  };
  for (const name of ['a.b', 'a.*', '>']) registry.topic(named(name)).addFeed(feed);
  const { own, patterns } = registry.receivers(named('a.b'));
  assert.equal(own.publish(message(), NOBODY, patterns), 7);
  assert.equal(taken, 1);
  assert.equal(own.consumerCount, 1);
});
