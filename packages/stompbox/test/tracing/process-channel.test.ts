/** The tracing channel around each call of a listener's handler. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, type TestContext, test } from 'node:test';
import {
  isProcessTraced,
  type ProcessTrace,
  traceProcess,
} from '../../dist/tracing/process-channel.js';
import { processTrace } from './process-trace.js';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** The events of the channel, in order, as long as the test runs. */
function recorded(t: TestContext) {
  const events: { readonly event: string; readonly context: ProcessTrace }[] = [];
  const handlers = Object.fromEntries(
    EVENTS.map((event) => [
      event,
      (context: object) => {
        events.push({ event, context: context as ProcessTrace });
      },
    ]),
  ) as Record<(typeof EVENTS)[number], (context: object) => void>;
  const channel = tracingChannel('stompbox:process');
  channel.subscribe(handlers);
  t.after(() => channel.unsubscribe(handlers));
  return events;
}

describe('the channel stompbox:process', () => {
  test('is not traced while nobody listens', async (t) => {
    assert.equal(isProcessTraced(), false);
    recorded(t);
    assert.equal(isProcessTraced(), true);
  });

  test('tells of an attempt from its start to its end, and keeps its outcome to itself', async (t) => {
    const events = recorded(t);
    const context = processTrace();
    assert.equal(await traceProcess(context, async () => 'a reply'), 'a reply');
    assert.deepEqual(
      events.map(({ event }) => event),
      ['start', 'end', 'asyncStart', 'asyncEnd'],
    );
    assert.ok(events.every((one) => one.context === context));
    assert.doesNotMatch(JSON.stringify(context), /a reply/);
  });

  test('tells what an attempt failed with, and lets the failure through', async (t) => {
    const events = recorded(t);
    const context = processTrace();
    const failure = new Error('no such customer');
    await assert.rejects(
      traceProcess(context, async () => {
        throw failure;
      }),
      failure,
    );
    assert.ok(events.some(({ event }) => event === 'error'));
    assert.equal(context.error, failure);
  });

  test('lets the handler run within the stores that are bound to its start', async (t) => {
    const store = new AsyncLocalStorage<string>();
    const { start } = tracingChannel<unknown, ProcessTrace>('stompbox:process');
    start.bindStore(store, ({ messageId }) => `within ${messageId}`);
    t.after(() => start.unbindStore(store));
    const seen = await traceProcess(processTrace({ messageId: 'm1' }), async () => {
      await Promise.resolve();
      return store.getStore();
    });
    assert.equal(seen, 'within m1');
    assert.equal(store.getStore(), undefined);
  });
});
