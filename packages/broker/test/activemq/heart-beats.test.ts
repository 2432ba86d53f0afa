/** Heart-beats as ActiveMQ's tests ask for them; the broker waits for two intervals, as the specification advises. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { EVERY_TRANSPORT, sceneOver, strangerOver } from './every-transport.js';

const VERSIONS = ['1.1', '1.2'] as const;

describe('a client', () => {
  for (const version of VERSIONS) {
    test(`of ${version} that wants a line feed every second gets them so far apart`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version, { 'heart-beat': '0,1000' });
      client.forgetsChunks();
      for (let beats = 0; beats < 2; beats += 1) {
        scene.clock.advance(899);
        scene.clock.advance(1);
        assert.equal(await client.nextChunk(), '\n');
      }
    }); // Stomp11Test.testHeartbeats

    test(`of ${version} that is silent is let go`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version, { 'heart-beat': '1000,0' });
      scene.clock.advance(1999);
      assert.equal(client.isClosed, false);
      scene.clock.advance(1);
      await client.expectsClose();
    }); // Stomp11Test.testHeartbeatsDropsIdleConnection

    test(`of ${version} that has been let go sends to nobody`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version, { 'heart-beat': '1000,0' });
      scene.clock.advance(5000);
      await client.expectsClose();
      client.frame('SEND', { destination: '/queue/a', receipt: 'late' }, 'late');
      const other = await scene.client();
      await other.subscribes('/queue/a');
      await other.expectsNoFrame();
      assert.deepEqual(client.waitingFrames, []);
    }); // Stomp11Test.testSendAfterMissingHeartbeat

    test(`of ${version} that keeps its promise stays`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version, { 'heart-beat': '2000,0' });
      for (let seconds = 0; seconds < 20; seconds += 1) {
        scene.clock.advance(1000);
        client.writes('\n');
        // Its answer to another one shows that what came before has been read.
        await scene.client().then((other) => other.roundTrip());
      }
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', 'still here');
      assert.equal((await client.nextMessage()).body, 'still here');
    }); // Stomp11Test.testHeartbeatsKeepsConnectionOpen

    for (const value of ['0', 'T,0', '100,10,50']) {
      test(`of ${version} may not ask for ${value}`, async (t) => {
        const scene = await brokerScene(t);
        const client = scene.stranger();
        client.frame('CONNECT', { 'accept-version': version, host: 'x', 'heart-beat': value });
        const { headers, body } = await client.expectsError('STOMP_PROTO_BAD_HEART_BEAT');
        assert.match(headers['message'] ?? '', /heart-beat/);
        assert.match(body, /heart-beat/);
      }); // Stomp11Test.testRejectInvalidHeartbeats1, Stomp11Test.testRejectInvalidHeartbeats2, Stomp11Test.testRejectInvalidHeartbeats3
    }
  }

  test('that says nothing of heart-beats is held to the default, and let go when silent', async (t) => {
    const scene = await brokerScene(t, { defaultHeartBeat: '1000,500' });
    const client = scene.stranger();
    client.frame('CONNECT', { 'accept-version': '1.1', host: 'x' });
    const { headers } = await client.nextFrame();
    assert.equal(headers['heart-beat'], '500,1000');
    scene.clock.advance(3000);
    await client.expectsClose();
  }); // ConnectTest.testInactivityMonitor

  test('that wants no heart-beats is not held to the default', async (t) => {
    const scene = await brokerScene(t, { defaultHeartBeat: '1000,0' });
    const client = await scene.client('1.1', { 'heart-beat': '0,0' });
    scene.clock.advance(10_000);
    await client.roundTrip();
  });

  for (const kind of EVERY_TRANSPORT) {
    test(`whose body trickles in over ${kind} byte by byte is alive`, async (t) => {
      const scene = await sceneOver(t, kind);
      const client = await strangerOver(t, scene, kind);
      await client.connects('1.1', { 'heart-beat': '1000,0' });
      const observer = await strangerOver(t, scene, kind);
      await observer.connects();
      client.writes('SEND\ndestination:/queue/a\nreceipt:done\n\n');
      for (let bytes = 0; bytes < 30; bytes += 1) {
        scene.clock.advance(100);
        client.writes('x');
        await observer.roundTrip();
      }
      client.writes('\0');
      await client.receipt('done');
    }); // StompInactivityMonitorTest.test
  }
});
