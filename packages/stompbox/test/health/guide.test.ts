/** The guide explains every code, with the probes that it fails and the defaults that are true. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { HEALTH_CODES } from 'stompbox';
import { HEALTH_PROBES, isFailedBy } from '../../dist/health/health-code.js';
import { resolveHealthOptions } from '../../dist/health/health-options.js';

const guide = readFileSync(new URL('../../../../docs/guide/health.md', import.meta.url), 'utf8');
const rows = guide
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 7);

describe('the guide', () => {
  test('has a row for each code and no other', () => {
    const documented = rows.map((cells) => /^`([a-z-]+)`$/.exec(cells[2] ?? '')?.[1]);
    const codes = new Set(documented.filter((code) => code !== undefined));
    assert.deepEqual([...codes].sort(), [...HEALTH_CODES].sort());
  });

  for (const code of HEALTH_CODES) {
    test(`says which probes ${code} fails, by what it is found and within which time`, () => {
      const probes = HEALTH_PROBES.filter((probe) => isFailedBy(probe, code));
      for (const [, , name, foundBy, fails, within] of rows) {
        if (name !== `\`${code}\``) continue;
        assert.equal(fails, probes.map((probe) => `\`${probe}\``).join(', '));
        assert.ok(foundBy && within);
      }
    });
  }

  test('has the defaults of the options', () => {
    const defaults = resolveHealthOptions({});
    for (const [name, value] of Object.entries({
      sampleMs: defaults.sampleMs,
      'eventLoop.maxLagMs`, `.windowMs': [defaults.eventLoop.maxLagMs, defaults.eventLoop.windowMs],
      confirmWithinMs: defaults.confirmWithinMs,
      silentMs: defaults.silentMs,
      stalledAfterMs: defaults.stalledAfterMs,
      handlerMaxMs: defaults.handlerMaxMs,
      'reconnectLoop.losses`, `.withinMs': [
        defaults.reconnectLoop.losses,
        defaults.reconnectLoop.withinMs,
      ],
      sendFailureMs: defaults.sendFailureMs,
      'canary.everyMs`, `.timeoutMs`, `.idleMs': [
        defaults.canary.everyMs,
        defaults.canary.timeoutMs,
        defaults.canary.idleMs,
      ],
      undeliveredMs: defaults.undeliveredMs,
    })) {
      const shown = [value].flat().map((one) => one.toLocaleString('en'));
      assert.ok(guide.includes(`| \`${name}\` | ${shown.join(', ')} |`), `${name}: ${shown}`);
    }
    assert.equal(defaults.statistics, 'auto');
    assert.equal(defaults.connect, true);
  });
});
