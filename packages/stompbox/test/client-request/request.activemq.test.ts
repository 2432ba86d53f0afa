/** The same promises against the broker that MQ_URL names, a real ActiveMQ. */
import assert from 'node:assert/strict';
import { requestSuite } from './request-suite.js';

const restartUrl = process.env['MQ_RESTART_URL'];

requestSuite({
  name: 'the broker of MQ_URL',
  ...(restartUrl === undefined && { whyNoRestart: 'the broker of MQ_URL is not ours to restart' }),
  async start() {
    const url = process.env['MQ_URL'];
    assert.ok(url, 'set MQ_URL to the broker to test against');
    return { url, restart, stop: () => Promise.resolve() };
  },
});

async function restart(): Promise<void> {
  assert.ok(restartUrl);
  const response = await fetch(restartUrl, { method: 'POST' });
  assert.equal(response.status, 204, await response.text());
}
