/** What health finds out about listeners from their snapshots, and when. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { componentOf, scene } from './scene.js';

describe('a service that is well', () => {
  test('is ok in all three probes, in plain JSON', async (context) => {
    const { service, clock, check } = scene(context);
    service.runs('OrderListener');
    await clock.advance(2_000);
    const report = await check();
    assert.equal(report.status, 'ok');
    assert.equal(report.atMs, clock.now());
    assert.deepEqual(
      [report.live, report.ready, report.started].map(({ status }) => status),
      ['ok', 'ok', 'ok'],
    );
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    const listener = componentOf(report, 'ready', 'listener');
    assert.equal(listener.name, 'OrderListener from /queue/orders');
    assert.equal(listener.state, 'running');
    assert.equal(listener.sinceMs + listener.ageMs, clock.now());
  });

  test('is ok without any listener', async (context) => {
    const { check } = scene(context);
    assert.equal((await check()).status, 'ok');
  });
});

describe('a subscription', () => {
  test('that is not confirmed is not ready, and a loss takes its confirmation away', async (context) => {
    const { service, clock, codes } = scene(context);
    const listener = service.runs('A');
    listener.confirmedAtMs = undefined;
    assert.deepEqual(await codes('ready'), ['not-confirmed']);
    assert.deepEqual(await codes('live'), []);
    listener.confirmedAtMs = clock.now();
    assert.deepEqual(await codes('ready'), []);
    await clock.advance(1_000);
    service.loses();
    await clock.advance(1_000);
    service.comesBack();
    assert.deepEqual(await codes('ready'), ['not-confirmed'], 'what was confirmed before is void');
    listener.confirmedAtMs = clock.now();
    assert.deepEqual(await codes('ready'), []);
  });

  test('that is never confirmed is lost after confirmWithinMs and one sample', async (context) => {
    const { service, clock, codes } = scene(context, { confirmWithinMs: 30_000 });
    const listener = service.runs('A');
    listener.confirmedAtMs = undefined;
    await clock.advance(29_000);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(2_000);
    assert.deepEqual(await codes('live'), ['never-confirmed']);
    assert.deepEqual(await codes('ready'), ['never-confirmed']);
    listener.confirmedAtMs = clock.now();
    assert.deepEqual(await codes('live'), []);
  });

  test('has no time to be confirmed while there is no connection', async (context) => {
    const { service, clock, codes } = scene(context);
    service.runs('A');
    service.loses();
    await clock.advance(120_000);
    assert.deepEqual(await codes('live'), []);
    assert.deepEqual(await codes('ready'), ['not-connected', 'not-confirmed']);
  });

  test('that ended by itself is lost; one that was closed is not', async (context) => {
    const { service, codes } = scene(context);
    const listener = service.runs('A');
    assert.deepEqual(await codes('live'), []);
    listener.state = 'closed';
    assert.deepEqual(await codes('live'), ['listener-ended']);
    listener.state = 'running';
    assert.deepEqual(await codes('live'), []);
    listener.state = 'draining';
    assert.deepEqual(await codes('ready'), []);
    listener.state = 'closed';
    assert.deepEqual(await codes('live'), []);
  });
});

describe('a handler', () => {
  test('that blocks waiting messages is found after stalledAfterMs', async (context) => {
    const { service, clock, codes, check } = scene(context, { stalledAfterMs: 300_000 });
    const listener = service.runs('A');
    listener.handlingCount = 1;
    listener.oldestHandlingSinceMs = clock.now();
    listener.waitingCount = 4;
    await codes('live');
    await clock.advance(299_000);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), ['handler-blocked']);
    const { reason } = componentOf(await check(), 'live', 'listener');
    assert.match(reason ?? '', /300000 ms while messages wait.*stalledAfterMs/);
    listener.oldestHandlingSinceMs = clock.now();
    assert.deepEqual(await codes('live'), [], 'it finished and the next one began');
  });

  test('is not held to be older because the time of the system was set', async (context) => {
    const { service, clock, codes } = scene(context);
    const listener = service.runs('A');
    listener.handlingCount = 1;
    listener.waitingCount = 1;
    listener.oldestHandlingSinceMs = clock.now() - 7_200_000;
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), []);
  });

  test('that nobody waits for may take until handlerMaxMs', async (context) => {
    const { service, clock, codes } = scene(context, { handlerMaxMs: 1_800_000, sampleMs: 60_000 });
    const listener = service.runs('A');
    listener.handlingCount = 1;
    listener.oldestHandlingSinceMs = clock.now();
    await codes('live');
    await clock.advance(1_799_000);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), ['handler-blocked']);
  });

  test('may take for ever with handlerMaxMs false', async (context) => {
    const { service, clock, codes } = scene(context, { handlerMaxMs: false, sampleMs: 3_600_000 });
    const listener = service.runs('A');
    listener.handlingCount = 1;
    listener.oldestHandlingSinceMs = clock.now();
    await clock.advance(7 * 24 * 3_600_000);
    assert.deepEqual(await codes('live'), []);
  });
});

describe('progress', () => {
  test('that ends with messages waiting and no handler is found after stalledAfterMs', async (context) => {
    const { service, clock, codes } = scene(context, { stalledAfterMs: 10_000 });
    const listener = service.runs('A');
    await clock.advance(60_000);
    listener.waitingCount = 2;
    await clock.advance(10_000);
    assert.deepEqual(await codes('live'), []);
    await clock.advance(1_000);
    assert.deepEqual(await codes('live'), ['not-begun']);
    listener.counts = { ...listener.counts, received: 1 };
    assert.deepEqual(await codes('live'), []);
  });

  test('that ends with messages unsettled is found after stalledAfterMs', async (context) => {
    const { service, clock, codes } = scene(context, { stalledAfterMs: 10_000 });
    const listener = service.runs('A');
    listener.settlingCount = 1;
    await clock.advance(12_000);
    assert.deepEqual(await codes('live'), ['not-settled']);
    assert.deepEqual(await codes('ready'), ['not-settled']);
    listener.settlingCount = 0;
    assert.deepEqual(await codes('live'), []);
  });

  test('of any kind keeps a listener alive', async (context) => {
    const { service, clock, codes } = scene(context, { stalledAfterMs: 10_000 });
    const listener = service.runs('A');
    listener.waitingCount = 1;
    for (let received = 1; received <= 10; received += 1) {
      listener.counts = { ...listener.counts, received };
      await clock.advance(9_000);
      assert.deepEqual(await codes('live'), []);
    }
  });
});

describe('the circuit', () => {
  for (const circuit of ['open', 'half-open'] as const) {
    test(`that is ${circuit} is not ready, but alive`, async (context) => {
      const { service, codes } = scene(context);
      const listener = service.runs('A');
      listener.circuit = circuit;
      assert.deepEqual(await codes('ready'), ['circuit-open']);
      assert.deepEqual(await codes('live'), []);
      listener.circuit = 'closed';
      assert.deepEqual(await codes('ready'), []);
    });
  }
});

describe('required listeners', () => {
  test('must be there and have been ready once to be started', async (context) => {
    const { service, codes } = scene(context, { listeners: ['A', 'B'] });
    const a = service.runs('A');
    assert.deepEqual(await codes('ready'), ['listener-missing']);
    assert.deepEqual(await codes('started'), ['not-started']);
    const b = service.runs('B', '/queue/bills');
    b.confirmedAtMs = undefined;
    assert.deepEqual(await codes('started'), ['not-started']);
    b.confirmedAtMs = a.confirmedAtMs;
    assert.deepEqual(await codes('started'), []);
    b.circuit = 'open';
    service.loses();
    assert.deepEqual(await codes('started'), [], 'once is enough');
  });

  test('alone count; others are reported only', async (context) => {
    const { service, check, codes } = scene(context, { listeners: ['A'] });
    service.runs('A');
    service.runs('Extra', '/queue/extra').circuit = 'open';
    const { ready } = await check();
    assert.equal(ready.status, 'ok');
    assert.deepEqual(await codes('ready'), ['circuit-open']);
  });

  test('that are alike are told apart', async (context) => {
    const { service, check } = scene(context);
    service.runs('A');
    service.runs('A').circuit = 'open';
    const names = (await check()).ready.components.filter(
      ({ component }) => component === 'listener',
    );
    assert.deepEqual(
      names.map(({ name, status }) => [name, status]),
      [
        ['A from /queue/orders', 'ok'],
        ['A from /queue/orders #2', 'failed'],
      ],
    );
  });
});
