/** The imitations pass the suite that the real brokers pass. */
import assert from 'node:assert/strict';
import { type TestProfile, testBroker } from 'stompbox/testing';
import { profileSuite } from '../client-request/profile-suite.js';

const PROFILES = ['activemq', 'artemis', 'rabbitmq', 'stompbox'] as const satisfies TestProfile[];

for (const profile of PROFILES) {
  profileSuite({
    name: `the imitation of ${profile}`,
    profile,
    ...(['artemis', 'rabbitmq'].includes(profile) && {
      whyOtherIds: 'an imitation has the message ids of stompbox',
    }),
    async start() {
      const broker = await testBroker({ profile, port: 0 });
      const { url } = broker;
      assert.ok(url);
      return { url, stop: () => broker.close() };
    },
  });
}
