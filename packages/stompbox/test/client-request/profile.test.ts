import assert from 'node:assert/strict';
import { startBroker } from '@stompbox/broker';
import { profileSuite } from './profile-suite.js';

profileSuite({
  name: 'the embedded broker',
  profile: 'stompbox',
  async start() {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    const [connector] = broker.connectors;
    assert.ok(connector);
    return { url: connector.url, stop: () => broker.close() };
  },
});
