/** The same facts at the broker that MQ_URL names. */
import assert from 'node:assert/strict';
import { profileSuite } from './profile-suite.js';

profileSuite({
  name: 'the broker of MQ_URL',
  async start() {
    const url = process.env['MQ_URL'];
    assert.ok(url, 'set MQ_URL to the broker to test against');
    return { url, stop: () => Promise.resolve() };
  },
});
