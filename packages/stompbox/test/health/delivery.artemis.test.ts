/** Health against the Artemis of MQ_URL, which tells no statistics. */
import assert from 'node:assert/strict';
import { deliverySuite } from './delivery-suite.js';

const url = process.env['MQ_URL'];
assert.ok(url, 'set MQ_URL to the broker to test against');

deliverySuite({ name: 'Artemis', tellsStatistics: false, start: async () => url });
