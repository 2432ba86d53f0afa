/** Health against the embedded broker, over TCP. */
import assert from 'node:assert/strict';
import { startBroker } from '@stompbox/broker';
import { deliverySuite } from './delivery-suite.js';

deliverySuite({
  name: 'the embedded broker',
  tellsStatistics: true,
  async start(test) {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    test.after(() => broker.close());
    const url = broker.connectors[0]?.url;
    assert.ok(url);
    return url;
  },
});
