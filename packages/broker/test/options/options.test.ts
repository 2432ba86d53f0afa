/** Options are checked at the door: what is wrong is named, with what to do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerOptions, startBroker, systemClock } from '@stompbox/broker';
import { DEFAULT_LIMITS } from '@stompbox/protocol';
import { resolveBlobOptions } from '../../dist/blob/blob-options.js';
import { resolveMemoryLimits } from '../../dist/memory/memory-limits.js';
import { resolveOptions } from '../../dist/options.js';
import { systemRandomness } from '../../dist/random.js';
import { resolveSecurityOptions } from '../../dist/security/security-options.js';

const QUEUE_A = { kind: 'queue', name: 'a' } as const;

/** Options as a program without types would give them. */
const untyped = (options: object) => options as BrokerOptions;

describe('options that are left out', () => {
  test('have defaults', () => {
    const { clock, random, onEvent, policies, ...others } = resolveOptions({});
    assert.deepEqual(others, {
      data: './data',
      memory: false,
      connectors: [{ kind: 'tcp', host: '127.0.0.1', port: 61613, maxConnections: 1000 }],
      limits: DEFAULT_LIMITS,
      memoryLimits: resolveMemoryLimits(),
      http: undefined,
      blobs: resolveBlobOptions(),
      dedup: { maxIds: 100_000, maxAgeMs: 600_000 },
      expiryScanMs: 30_000,
      populateUserId: false,
      security: resolveSecurityOptions(),
      connectTimeoutMs: 30_000,
      defaultHeartBeat: { sendsEveryMs: 0, wantsEveryMs: 0 },
    });
    assert.deepEqual(policies.policyOf(QUEUE_A), {
      redelivery: {
        maxRedeliveries: 6,
        initialDelayMs: 1000,
        multiplier: 2,
        maxDelayMs: 60_000,
        jitter: 0,
        maxDeliveries: 0,
      },
      deadLetter: { queue: 'DLQ.*', expired: true, nonPersistentExpired: false },
      topicLimits: { maxBacklogMessages: 100_000, maxBacklogBytes: 64 * 1024 * 1024 },
      prioritized: true,
      persistence: 'as-sent',
      defaultTimeToLiveMs: 0,
      maxTimeToLiveMs: 0,
      prefetch: 0,
      maxMessages: 0,
      retainedMessages: 0,
    });
    assert.equal(random, systemRandomness);
    assert.equal(clock, systemClock);
    assert.equal(onEvent({ type: 'corrupt-record', queue: 'a', position: 0 }), undefined);
  });

  test('leave alone those that are given', () => {
    const { limits, policies, connectors } = resolveOptions({
      limits: { maxHeaders: 5 },
      redelivery: { maxRedeliveries: Number.POSITIVE_INFINITY },
      topicLimits: { maxBacklogMessages: 1 },
      connectors: [{ port: 0 }, { host: '::1' }],
    });
    assert.deepEqual(limits, { ...DEFAULT_LIMITS, maxHeaders: 5 });
    const { redelivery, topicLimits } = policies.policyOf(QUEUE_A);
    assert.equal(redelivery.maxRedeliveries, Number.POSITIVE_INFINITY);
    assert.equal(redelivery.multiplier, 2);
    assert.deepEqual(topicLimits, { maxBacklogMessages: 1, maxBacklogBytes: 64 * 1024 * 1024 });
    assert.deepEqual(connectors, [
      { kind: 'tcp', host: '127.0.0.1', port: 0, maxConnections: 1000 },
      { kind: 'tcp', host: '::1', port: 61613, maxConnections: 1000 },
    ]);
  });
});

describe('an option that does not exist', () => {
  for (const [name, options] of [
    ['dataDir', { dataDir: 'x' }],
    ['limits.maxHeader', { limits: { maxHeader: 1 } }],
    ['limits.toString', { limits: { toString: 1 } }],
    ['redelivery.retries', { redelivery: { retries: 1 } }],
    ['redelivery.constructor', { redelivery: { constructor: 1 } }],
    ['topicLimits.maxMessages', { topicLimits: { maxMessages: 1 } }],
    ['connectors[1].hots', { connectors: [{}, { hots: 'localhost' }] }],
  ] as const) {
    test(`${name} is named`, () => {
      assert.throws(() => resolveOptions(untyped(options)), {
        name: 'OptionsError',
        code: 'STOMP_OPT_UNKNOWN',
        message: new RegExp(`${name.replace(/[[\].]/g, '\\$&')}.*known: `),
      });
    });
  }
});

describe('an option with a value that makes no sense', () => {
  for (const [name, options] of [
    ['data', { data: '' }],
    ['data', { data: 5 }],
    ['memory', { memory: 'no' }],
    ['connectors', { connectors: {} }],
    ['connectors[0]', { connectors: [61613] }],
    ['connectors[0].host', { connectors: [{ host: '' }] }],
    ['connectors[0].port', { connectors: [{ port: -1 }] }],
    ['connectors[1].port', { connectors: [{}, { port: 65_536 }] }],
    ['connectors[0].port', { connectors: [{ port: 1.5 }] }],
    ['connectors[0].port', { connectors: [{ port: '61613' }] }],
    ['connectTimeoutMs', { connectTimeoutMs: -1 }],
    ['defaultHeartBeat', { defaultHeartBeat: '1000' }],
    ['defaultHeartBeat', { defaultHeartBeat: 1000 }],
    ['connectTimeoutMs', { connectTimeoutMs: Number.NaN }],
    ['limits.maxBodyBytes', { limits: { maxBodyBytes: 1.5 } }],
    ['topicLimits.maxBacklogBytes', { topicLimits: { maxBacklogBytes: '1' } }],
    ['redelivery.multiplier', { redelivery: { multiplier: 0.5 } }],
    ['redelivery.maxRedeliveries', { redelivery: { maxRedeliveries: -1 } }],
    ['redelivery.initialDelayMs', { redelivery: { initialDelayMs: '1s' } }],
    ['redelivery.maxDelayMs', { redelivery: { maxDelayMs: Number.NaN } }],
    ['onEvent', { onEvent: 'log' }],
  ] as const) {
    test(`${name} is named: ${JSON.stringify(options)}`, () => {
      assert.throws(() => resolveOptions(untyped(options)), {
        name: 'OptionsError',
        code: 'STOMP_OPT_INVALID',
        message: new RegExp(`^${name.replace(/[[\].]/g, '\\$&')} must be `),
      });
    });
  }

  test('is refused before anything is opened', async () => {
    const wrong = untyped({ connectors: [{ port: 0 }], memory: true, connectTimeoutMs: -1 });
    await assert.rejects(startBroker(wrong), { code: 'STOMP_OPT_INVALID' });
  });
});

describe('the system clock', () => {
  test('waits long for what is longer than a timer of Node can be', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning.name);
    process.on('warning', onWarning);
    const cancel = systemClock.setTimer(() => assert.fail('called at once'), 2 ** 40);
    await new Promise((resolve) => setImmediate(resolve));
    cancel();
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });

  test('calls back once, and not after it was cancelled', async () => {
    const calls: string[] = [];
    await new Promise<void>((resolve) => {
      const cancel = systemClock.setTimer(() => calls.push('cancelled'), 1);
      systemClock.setTimer(() => {
        calls.push('called');
        resolve();
      }, 2);
      cancel();
      // The timers do not keep the process alive on their own.
      const keepAlive = setImmediate(function again() {
        if (calls.length === 0) setImmediate(again);
      });
      keepAlive.ref();
    });
    assert.deepEqual(calls, ['called']);
  });
});
