/** The imitations pass the suite that the real brokers pass. */
import assert from 'node:assert/strict';
import { type TestProfile, testBroker } from 'stompbox/testing';
import { profileSuite } from '../client-request/profile-suite.js';

for (const profile of ['activemq', 'rabbitmq', 'stompbox'] as const satisfies TestProfile[]) {
  profileSuite({
    name: `the imitation of ${profile}`,
    profile,
    async start() {
      const broker = await testBroker({ profile, port: 0 });
      const { url } = broker;
      assert.ok(url);
      return { url, stop: () => broker.close() };
    },
  });
}
