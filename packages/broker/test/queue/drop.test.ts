/** A queue that is deleted while clients hold messages of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessage, type Message, TRAITS } from '../../dist/message.js';
import { resolvePolicies } from '../../dist/policy/destination-policy.js';
import { Queue } from '../../dist/queue/queue.js';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { FakeClock } from '../fake-clock.js';
import { type SessionParts, sessionParts } from '../session/session-parts.js';

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Scene extends SessionParts {
  readonly queue: Queue;
  frame(command: string, headers: Record<string, string | number>): Promise<void>;
}

/** A client that holds two of three messages. */
async function holdingClient(): Promise<Scene> {
  const parts = sessionParts();
  const frame = async (command: string, headers: Record<string, string | number>) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    parts.transport.gets(`${command}\n${lines.join('')}\n\0`);
    await turns();
  };
  await frame('CONNECT', { 'accept-version': '1.2', host: 'h' });
  for (const number of [1, 2, 3]) await frame('SEND', { destination: '/queue/a', number });
  const queue = parts.router.queues.queue('a');
  const ack = 'client-individual';
  await frame('SUBSCRIBE', { destination: '/queue/a', id: 's', ack, 'prefetch-count': 2 });
  assert.equal(queue.unsettledCount, 2);
  return { ...parts, queue, frame };
}

describe('a queue that is deleted', () => {
  for (const [what, act] of [
    ['settles', (scene) => scene.frame('ACK', { id: '1-1', receipt: 'last' })],
    ['refuses', (scene) => scene.frame('NACK', { id: '1-1', receipt: 'last' })],
    [
      'settles in a transaction',
      async ({ frame }) => {
        await frame('BEGIN', { transaction: 't' });
        await frame('ACK', { id: '1-1', transaction: 't' });
        await frame('COMMIT', { transaction: 't', receipt: 'last' });
      },
    ],
    [
      'takes back a transaction about',
      async ({ frame }) => {
        await frame('BEGIN', { transaction: 't' });
        await frame('ACK', { id: '1-1', transaction: 't' });
        await frame('UNSUBSCRIBE', { id: 's' });
        await frame('ABORT', { transaction: 't', receipt: 'last' });
      },
    ],
    ['leaves', (scene) => scene.frame('UNSUBSCRIBE', { id: 's', receipt: 'last' })],
  ] satisfies Array<readonly [string, (scene: Scene) => Promise<void>]>) {
    test(`is nobody's: a client that ${what} a message of it changes nothing`, async () => {
      const scene = await holdingClient();
      const { router, queue, transport, clock, session } = scene;
      router.queues.remove(queue);
      assert.equal(router.queues.get('a'), undefined);
      await act(scene);
      clock.advance(60_000);
      await turns();
      assert.match(transport.text, /RECEIPT\nreceipt-id:last\n/);
      assert.doesNotMatch(transport.text, /ERROR/);
      assert.equal(router.queues.get('DLQ.a'), undefined);
      // A new one of the same name has nothing of it.
      await scene.frame('SEND', { destination: '/queue/a', number: 'new' });
      assert.equal(router.queues.get('a')?.depth, 1);
      session.shutDown();
    });
  }

  test('takes along what waited for its redelivery, and its timers', async () => {
    const { router, queue, clock, frame } = await holdingClient();
    const before = clock.timerCount;
    await frame('NACK', { id: '1-1' });
    assert.equal(queue.depth, 3);
    assert.equal(clock.timerCount, before + 1);
    router.queues.remove(queue);
    // The write that deletes it has a timer, too.
    clock.advance(50);
    await turns();
    assert.equal(clock.timerCount, before);
  });

  test('leaves its consumers what they get from other queues', async () => {
    const { router, transport, frame } = await holdingClient();
    await frame('SUBSCRIBE', { destination: '/queue/b,/queue/c', id: 't' });
    router.queues.remove(router.queues.queue('b'));
    await frame('SEND', { destination: '/queue/c', text: 'hello' });
    assert.match(transport.text, /text:hello/);
  });

  test('takes nothing any more, and counts what it does not take', async () => {
    const { router, queue } = await holdingClient();
    router.queues.remove(queue);
    assert.equal(queue.put(message(1)), 0);
    assert.equal(queue.counters.discarded, 1);
  });

  test('lets go of the blobs of its messages, of each once', async () => {
    const blobs = new Map<string, number>();
    const change = (by: number) => (carrier: Message) =>
      void blobs.set(carrier.id, (blobs.get(carrier.id) ?? 0) + by);
    const { queue, commits } = queueOfItsOwn(change(1), change(-1));
    for (let number = 0; number < 15_000; number++) {
      queue.put(message(number));
      if (number % 1000 === 0) await commits.flush();
    }
    await commits.flush();
    assert.equal(blobs.size, 5000);
    queue.drop();
    assert(
      [...blobs.values()].every((count) => count === 0),
      'some blobs are held still, or were let go of twice',
    );
  });
});

/** Every third one refers to a blob. */
function message(number: number): Message {
  const traits = TRAITS.persistent | (number % 3 === 0 ? TRAITS.blob : 0);
  return createMessage({
    id: `ID-${number}`,
    traits,
    priority: 4 + (number % 2),
    headerLines: 'destination:/queue/a\n',
    body: new Uint8Array(),
  });
}

function queueOfItsOwn(
  blobAdded: (carrier: Message) => void,
  blobRemoved: (carrier: Message) => void,
): { queue: Queue; commits: CommitLoop } {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const commits = new CommitLoop(store, clock, (error) => {
    throw error;
  });
  const destination = { kind: 'queue', name: 'a' } as const;
  const queue = new Queue(
    {
      destination,
      destinationLine: 'destination:/queue/a\n',
      storedName: 'a',
      isTemporary: false,
      isDeadLetterQueue: false,
      policy: resolvePolicies({}, []).policyOf(destination),
      lanes: [],
    },
    {
      store,
      commits,
      clock,
      random: () => 0,
      mayKeepMore: () => true,
      onWaitingBytes: () => {},
      deadLetter: () => 0,
      expired: () => 0,
      blobAdded,
      blobRemoved,
      blobLingers: () => {},
      onCorruptRecord: () => {},
    },
  );
  return { queue, commits };
}
