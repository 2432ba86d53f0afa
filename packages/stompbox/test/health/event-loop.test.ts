/** The real monitor of the event loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEventLoopMonitor } from '../../dist/health/event-loop.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Turns of the loop for so long, so that timers get their due. */
async function turns(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await turn();
}

test('a loop that stands still is seen, even right after a look, and later forgotten', async () => {
  const monitor = openEventLoopMonitor();
  try {
    await turns(60);
    monitor.takeMaxLagMs();
    const end = performance.now() + 300;
    while (performance.now() < end);
    await turns(60);
    const lagMs = monitor.takeMaxLagMs();
    assert.ok(lagMs >= 200, `${lagMs} ms`);
    await turns(60);
    monitor.takeMaxLagMs();
    assert.ok(monitor.takeMaxLagMs() < lagMs);
  } finally {
    monitor.close();
  }
});
