/** The doors for options: every wrong one is named, with what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HealthOptions, health, startHealthServer, touchFile } from 'stompbox';
import { FakeClock } from './fake-clock.js';
import { FakeService } from './fake-service.js';

function refusal(options: unknown): string {
  const clock = new FakeClock();
  try {
    health(new FakeService(clock), options as HealthOptions, { clock });
  } catch (error) {
    return `${(error as { code?: string }).code} ${(error as Error).message}`;
  }
  assert.fail('it was taken');
}

for (const [options, pattern] of [
  [{ sampleMs: 0 }, /INVALID The option sampleMs of health\(\) must be a whole number from 1/],
  [{ intervalMs: 5 }, /UNKNOWN The option intervalMs .* did you mean "sampleMs"/],
  [{ listeners: [''] }, /INVALID The option listeners .* a list of names/],
  [{ handlerMaxMs: true }, /INVALID The option handlerMaxMs .* or false/],
  [{ statistics: 'yes' }, /INVALID The option statistics .* 'auto', not "yes"/],
  [{ canary: true }, /INVALID The option canary .* an object of canary options, or false/],
  [{ canary: { every: 5 } }, /UNKNOWN The option canary\.every/],
  [{ canary: { idleMs: -1 } }, /INVALID The option canary\.idleMs/],
  [{ eventLoop: { maxLagMs: '5' } }, /INVALID The option eventLoop\.maxLagMs/],
  [{ eventLoop: 5 }, /INVALID The option eventLoop of health\(\) must be an object, not 5/],
  [{ reconnectLoop: { losses: 0 } }, /INVALID The option reconnectLoop\.losses/],
] as const) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.match(refusal(options), pattern);
  });
}

const checked = { check: () => Promise.reject(new Error('nobody asks')) };

test('a wrong option of the server or the file is refused before anything is opened', async () => {
  await assert.rejects(startHealthServer(checked, { path: 'health' }), /path such as \/health/);
  await assert.rejects(startHealthServer(checked, { port: 70_000 }), /port of startHealthServer/);
  await assert.rejects(touchFile(checked, { path: '' }), /path of touchFile\(\) must be a text/);
  const probe = 'alive' as 'live';
  await assert.rejects(touchFile(checked, { path: 'x', probe }), /'live', 'ready' or 'started'/);
});
