import { startBroker } from '@stompbox/broker';
import { profileSuite } from './profile-suite.js';

profileSuite({
  name: 'the embedded broker',
  profile: 'stompbox',
  async start() {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    return { url: broker.connectors[0]?.url ?? '', stop: () => broker.close() };
  },
});
