import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, test } from 'node:test';
import type { SendTrace } from '@stompbox/client';
import { isTraced, trace, traceOrigin } from '../../dist/trace/tracing.js';
import { FAILURE, record, SUCCESS, stagesOf } from './record.js';

const OPERATIONS = ['send', 'receive', 'settle', 'connect', 'subscribe', 'request'] as const;
const STAGES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

function sendTrace(): SendTrace {
  return {
    ...traceOrigin('mq:61613', 'activemq'),
    destination: '/queue/a',
    bodyBytes: 5,
    transaction: undefined,
    headers: {},
  };
}

describe('a traced operation', () => {
  test('tells its channel of begin and end, with one context all the way', async (t) => {
    const events = record(t, 'send');
    const context = sendTrace();
    let before: string[] = [];
    const result = await trace('send', context, async () => {
      before = stagesOf(events);
      return 'sent';
    });
    assert.equal(result, 'sent');
    assert.deepEqual(before, ['start']);
    assert.deepEqual(stagesOf(events), SUCCESS);
    assert.ok(events.every((event) => event.context === context));
    assert.equal('result' in context && context.result, undefined, 'it stays with the caller');
    assert.equal('error' in context, false);
  });

  test('tells of its error, and fails with that error itself', async (t) => {
    const events = record(t, 'send');
    const context = sendTrace();
    const failure = new Error('refused');
    const traced = trace('send', context, () => Promise.reject(failure));
    await assert.rejects(traced, (error) => error === failure);
    assert.deepEqual(stagesOf(events), FAILURE);
    assert.equal(context.error, failure);
  });

  test('carries headers that a subscriber added at its start', async (t) => {
    const channel = tracingChannel<unknown, SendTrace>('stompbox:send');
    const start = (context: SendTrace) => {
      context.headers['traceparent'] = '00-1';
    };
    channel.start.subscribe(start as (context: unknown) => void);
    t.after(() => channel.start.unsubscribe(start as (context: unknown) => void));
    const sent = await trace('send', sendTrace(), async ({ headers }) => ({ ...headers }));
    assert.deepEqual(sent, { traceparent: '00-1' });
  });

  test('runs within the stores that are bound to its start', async (t) => {
    const spans = new AsyncLocalStorage<string>();
    const { start } = tracingChannel('stompbox:receive');
    start.bindStore(spans, () => 'span of the message');
    t.after(() => start.unbindStore(spans));
    assert.ok(isTraced('receive'), 'a store is a listener too');
    const context = {
      ...sendTrace(),
      messageId: 'm-1',
      subscriptionId: 's-1',
      isRedelivered: false,
      bodyBytes: 5,
      headers: new Map() as never,
    };
    const seen = await trace('receive', context, async () => {
      await Promise.resolve();
      return spans.getStore();
    });
    assert.equal(seen, 'span of the message');
  });

  test('just runs when nobody listens', async () => {
    const context = sendTrace();
    assert.equal(await trace('send', context, async () => 7), 7);
    assert.equal('result' in context, false, 'nothing was published');
  });
});

describe('isTraced', () => {
  test('is false until somebody listens to that operation, and then again', () => {
    for (const operation of OPERATIONS) {
      for (const stage of STAGES) {
        assert.equal(isTraced(operation), false);
        const channel = tracingChannel(`stompbox:${operation}`)[stage];
        const listener = () => {};
        channel.subscribe(listener);
        assert.deepEqual(
          OPERATIONS.filter((each) => isTraced(each)),
          [operation],
        );
        channel.unsubscribe(listener);
      }
    }
    assert.deepEqual(OPERATIONS.filter(isTraced), []);
  });

  test('is false for good in a runtime without channels, and operations run', async () => {
    const { getBuiltinModule } = process;
    const url = new URL('../../dist/trace/tracing.js?without-channels', import.meta.url);
    const module: typeof import('../../dist/trace/tracing.js') = await import(url.href);
    try {
      Reflect.set(process, 'getBuiltinModule', undefined);
      assert.equal(module.isTraced('send'), false);
      assert.equal(await module.trace('send', sendTrace(), async () => 'sent'), 'sent');
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
    assert.equal(module.isTraced('send'), false, 'it does not ask again for each message');
  });
});

describe('traceOrigin', () => {
  test('tells host and port of the peer', () => {
    const origins = [
      'mq.example:61613',
      '[::1]:61614',
      'ws://mq.example:61614/stomp',
      'wss://[::1]:443/',
      'unix:/run/mq:1.sock',
      'memory',
    ].map((peer) => {
      const { serverAddress, serverPort } = traceOrigin(peer, 'generic');
      return [serverAddress, serverPort];
    });
    assert.deepEqual(origins, [
      ['mq.example', 61613],
      ['::1', 61614],
      ['mq.example', 61614],
      ['::1', 443],
      ['/run/mq:1.sock', undefined],
      ['memory', undefined],
    ]);
    assert.deepEqual(traceOrigin('mq:1', 'rabbitmq'), {
      peer: 'mq:1',
      serverAddress: 'mq',
      serverPort: 1,
      system: 'rabbitmq',
    });
  });
});
