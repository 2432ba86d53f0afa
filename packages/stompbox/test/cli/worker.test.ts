/** The listeners of a worker: what ends it, and what does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging, type ListenerHandle, listener, resolveSettings } from 'stompbox';
import { exitCodeOf } from '../../dist/cli/exit-code.js';
import { Worker } from '../../dist/cli/listen/worker.js';
import { gate, settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';

const one = listener('/queue/one', { name: 'One' }, () => undefined);
const two = listener('/queue/two', { name: 'Two' }, () => undefined);

/** A worker on a connection without a broker, and what it has started. */
function fakeWorker() {
  const fake = new FakeConnection();
  const messaging = createMessaging(resolveSettings({}, { env: {}, cwd: import.meta.dirname }), {
    logger: new MemoryLogger(),
    connect: async () => fake.connection,
  });
  const started: string[] = [];
  const handles: ListenerHandle[] = [];
  const worker = new Worker({
    messaging,
    options: {},
    onStarted: (handle) => {
      handles.push(handle);
      started.push(handle.name);
    },
  });
  return { fake, worker, started, handles };
}

/** Whether the promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await settled();
  return isDone;
}

describe('a worker', () => {
  test('fails when a listener ends by itself, with an error that ends the command with 1', async () => {
    const { worker, handles } = fakeWorker();
    await worker.start([one, two]);
    assert.equal(await isSettled(worker.failed), false);
    await handles[0]?.close();
    const error = await worker.failed;
    assert.equal(error.message, 'One has ended');
    assert.equal(exitCodeOf(error), 1);
  });

  test('fails with the error that ended a listener', async () => {
    const { fake, worker } = fakeWorker();
    await worker.start([one]);
    const lost = new Error('gone for good');
    fake.subscriptions[0]?.fail(lost);
    assert.equal(await worker.failed, lost);
  });

  test('goes on when it replaces its listeners, and when it is stopped', async () => {
    const { worker, started, handles } = fakeWorker();
    await worker.start([one]);
    await worker.replace([two]);
    assert.deepEqual(started, ['One', 'Two']);
    worker.stop();
    await handles[1]?.close();
    assert.equal(await isSettled(worker.failed), false);
  });

  test('drains a listener that is replaced while it starts', async () => {
    const { fake, worker, started } = fakeWorker();
    const subscribing = gate();
    fake.onSubscribe = (destination) =>
      destination === '/queue/one' ? subscribing.promise : Promise.resolve();
    const starting = worker.start([one]);
    await settled();
    await worker.replace([two]);
    subscribing.open();
    await starting;
    assert.deepEqual(started, ['Two']);
    assert.ok(fake.journal.includes('unsubscribe /queue/one'), fake.journal.join('\n'));
  });
});
