/** The limits that a host may set. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerOptions } from '@stompbox/broker';
import { machineBytes, resolveMemoryLimits } from '../../dist/memory/memory-limits.js';
import { resolveOptions } from '../../dist/options.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Options as a program without types would give them. */
const untyped = (options: object) => options as BrokerOptions;

describe('the memory limits', () => {
  test('are 1 GiB for all and 256 MiB for each connection', () => {
    const limits = resolveMemoryLimits({}, 64 * GIB);
    assert.deepEqual(limits, { maxBytes: GIB, maxConnectionBytes: 256 * MIB });
  });

  test('are a quarter of a small machine', () => {
    const limits = resolveMemoryLimits({}, 512 * MIB);
    assert.deepEqual(limits, { maxBytes: 128 * MIB, maxConnectionBytes: 128 * MIB });
  });

  test('for each connection are not above those for all', () => {
    const { maxConnectionBytes } = resolveMemoryLimits({ maxBytes: MIB }, GIB);
    assert.equal(maxConnectionBytes, MIB);
    assert.throws(() => resolveMemoryLimits({ maxBytes: MIB, maxConnectionBytes: MIB + 1 }, GIB), {
      code: 'STOMP_OPT_INVALID',
      message: /memoryLimits\.maxConnectionBytes must be .* memoryLimits\.maxBytes/,
    });
  });

  test('leave a quarter of the machine to others', () => {
    assert.equal(resolveMemoryLimits({ maxBytes: 768 * MIB }, GIB).maxBytes, 768 * MIB);
    assert.throws(() => resolveMemoryLimits({ maxBytes: 768 * MIB + 1 }, GIB), {
      code: 'STOMP_OPT_INVALID',
      message: /memoryLimits\.maxBytes must be .* three quarters of this machine's memory/,
    });
  });

  test('of this machine are known', () => {
    assert(machineBytes() > 0);
    assert(Number.isFinite(machineBytes()));
  });

  for (const [code, memoryLimits] of [
    ['STOMP_OPT_UNKNOWN', { maxByte: 1 }],
    ['STOMP_OPT_INVALID', { maxBytes: 0 }],
    ['STOMP_OPT_INVALID', { maxBytes: '1' }],
    ['STOMP_OPT_INVALID', { maxBytes: Number.POSITIVE_INFINITY }],
    ['STOMP_OPT_INVALID', { maxConnectionBytes: 0.5 }],
    ['STOMP_OPT_INVALID', 1000],
  ] as const) {
    test(`are refused when they make no sense: ${JSON.stringify(memoryLimits)}`, () => {
      assert.throws(() => resolveOptions(untyped({ memoryLimits })), {
        code,
        message: /memoryLimits/,
      });
    });
  }
});
