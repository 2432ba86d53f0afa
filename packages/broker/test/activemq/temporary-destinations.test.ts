/** Temporary destinations and requests that are answered through them. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import { VERSIONS } from './versions.js';

const KINDS = ['queue', 'topic'] as const;
/** Such aliases are what clients in the field make up; with colons, one must not be taken for a part of it. */
const ALIAS = '2C26441740C0ECC9tt1';
const ALIAS_WITH_COLONS = `${ALIAS}:1:0:1`;

function temporariesOf({ broker }: BrokerScene): string[] {
  return broker
    .statistics()
    .destinations.map(({ destination }) => destination.kind)
    .filter((kind) => kind.startsWith('temp-'));
}

describe('a temporary queue', () => {
  for (const version of VERSIONS) {
    test(`gives its owner what it sends there in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/temp-queue/my-own');
      await client.sends('/temp-queue/my-own', 'Hello World');
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['destination']], ['Hello World', '/temp-queue/my-own']);
    }); // StompTest.testTempDestination
  }
});

describe('a request', () => {
  for (const version of VERSIONS) {
    for (const kind of KINDS) {
      for (const alias of [ALIAS, ALIAS_WITH_COLONS]) {
        test(`to oneself names the own /temp-${kind}/${alias} for the reply, in ${version}`, async (t) => {
          const scene = await brokerScene(t);
          const client = await scene.client(version);
          const own = `/temp-${kind}/${alias}`;
          await client.subscribes('/queue/requests', { id: 'requests' });
          await client.subscribes(own, { id: 'replies' });
          await client.sends('/queue/requests', 'REQUEST', { 'reply-to': own });
          const request = await client.nextMessage();
          const replyTo = request.headers['reply-to'] ?? '';
          assert.equal(replyTo, own);
          await client.sends(replyTo, 'REPLY');
          const reply = await client.nextMessage();
          assert.deepEqual([reply.body, reply.headers['destination']], ['REPLY', own]);
          assert.deepEqual(temporariesOf(scene), [`temp-${kind}`]);
        }); // StompTest.testReplyToDestinationNaming
      }

      test(`to another connection names /remote-temp-${kind}/ for the reply, in ${version}`, async (t) => {
        const { request, reply, requester, responder } = await conversation(t, version, kind);
        const replyTo = request.headers['reply-to'] ?? '';
        assert(replyTo.startsWith(`/remote-temp-${kind}/`), replyTo);
        await responder.sends(replyTo, 'REPLY');
        const { body, headers } = await reply();
        assert.deepEqual(
          [body, headers['destination']],
          ['REPLY', `/temp-${kind}/${ALIAS_WITH_COLONS}`],
        );
        await requester.disconnects();
      }); // StompTest.testReplyToAcrossConnections
    }
  }

  // ActiveMQ answers with an ERROR; here that would end the connection of a responder that did nothing wrong.
  test('whose sender has gone is answered to nobody, and the responder goes on', async (t) => {
    const { scene, request, requester, responder } = await conversation(t, '1.2', 'queue');
    await requester.disconnects();
    await responder.sends(request.headers['reply-to'] ?? '', 'REPLY');
    await responder.roundTrip();
    assert.equal(scene.broker.counters.repliesUndeliverable, 1);
    assert.deepEqual(temporariesOf(scene), []);
  }); // StompTest.testReplyToAcrossConnections
});

/** A request that has reached the responder. */
async function conversation(t: TestContext, version: StompVersion, kind: (typeof KINDS)[number]) {
  const scene = await brokerScene(t);
  const requester = await scene.client(version);
  const responder = await scene.client(version);
  const own = `/temp-${kind}/${ALIAS_WITH_COLONS}`;
  await responder.subscribes('/queue/requests');
  await requester.subscribes(own);
  await requester.sends('/queue/requests', 'REQUEST', { 'reply-to': own });
  const request = await responder.nextMessage();
  return { scene, requester, responder, request, reply: () => requester.nextMessage() };
}
