/** The same promises against the broker that MQ_URL names, a real ActiveMQ. */
import assert from 'node:assert/strict';
import { serviceSuite } from '../service-suite.js';

serviceSuite({
  name: 'the broker of MQ_URL',
  whyNoRestart: 'the broker of MQ_URL is not ours to restart',
  async start() {
    const url = process.env['MQ_URL'];
    assert.ok(url, 'set MQ_URL to the broker to test against');
    return { url, stop: () => Promise.resolve() };
  },
});
