/** Logging in, the first frame, and what ends a connection at once. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { EVERY_TRANSPORT, hasTimers, sceneOver, strangerOver } from './every-transport.js';

describe('CONNECTED', () => {
  for (const command of ['CONNECT', 'STOMP'] as const) {
    test(`answers a ${command} without a version as 1.0, and repeats its request-id`, async (t) => {
      const scene = await brokerScene(t);
      const client = scene.stranger();
      client.writes(`${command}\nlogin:system\npasscode:manager\nrequest-id:1\n\n\0`);
      const { headers } = await client.connected();
      assert.deepEqual([headers['response-id'], headers['version']], ['1', '1.0']);
    }); // StompTest.testConnect
  }

  for (const version of ['1.1', '1.2'] as const) {
    test(`repeats the request-id and names version and session in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = scene.stranger();
      client.frame('STOMP', { 'accept-version': version, host: 'x', 'request-id': 1 });
      const { headers } = await client.connected();
      assert.deepEqual([headers['response-id'], headers['version']], ['1', version]);
      assert.match(headers['session'] ?? '', /^ID-/);
    }); // Stomp11Test.testConnect

    test(`is written without escapes in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = scene.stranger();
      client.writes(`CONNECT\naccept-version:${version}\nhost:x\nclient-id:ID:till:7\n\n\0`);
      assert.match(await client.nextChunk(), /\nsession:ID:till:7\n/);
    }); // Stomp11Test.testConnectedNeverEncoded
  }

  for (const [accepted, version] of [
    ['1.0,1.1', '1.1'],
    ['1.0,1.1,1.2', '1.2'],
  ] as const) {
    test(`names the highest version of ${accepted}`, async (t) => {
      const scene = await brokerScene(t);
      const client = scene.stranger();
      client.frame('CONNECT', { 'accept-version': accepted, host: 'x' });
      assert.equal((await client.connected()).headers['version'], version);
    }); // Stomp11Test.testConnectWithVersionOptions
  }

  test('falls back to a version that is known', async (t) => {
    const scene = await brokerScene(t);
    const client = scene.stranger();
    client.frame('CONNECT', { 'accept-version': '1.0,10.1', host: 'x' });
    assert.equal((await client.connected()).headers['version'], '1.0');
  }); // Stomp11Test.testConnectWithValidFallback

  test('is refused with the versions that there are, when there is none in common', async (t) => {
    const scene = await brokerScene(t);
    const client = scene.stranger();
    client.frame('CONNECT', { 'accept-version': '9.0,10.1', host: 'x' });
    const { headers, body } = await client.expectsError('STOMP_PROTO_VERSION');
    assert.equal(headers['version'], '1.0,1.1,1.2');
    assert.match(body, /version/);
  }); // Stomp11Test.testConnectWithInvalidFallback

  for (const [accepted, version] of [
    ['', '1.0'],
    ['accept-version:1.1\r\n', '1.1'],
    ['accept-version:1.2\r\n', '1.2'],
  ] as const) {
    test(`answers a CONNECT with CRLF of a ${version} client`, async (t) => {
      const scene = await brokerScene(t, LISTENING);
      const client = await scene.strangerOverTcp();
      client.writes(
        `CONNECT\r\nlogin:system\r\npasscode:manager\r\n${accepted}host:x\r\n\r\n\0\r\n`,
      );
      assert.equal((await client.connected()).headers['version'], version);
    }); // StompTelnetTest.testCRLF, StompTelnetTest.testCRLF11
  }
});

describe('the first frame', () => {
  for (const [frame, code] of [
    ['SEND\ndestination:/queue/a\n\nHello World\0', 'STOMP_PROTO_NOT_CONNECTED'],
    ['SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0', 'STOMP_PROTO_NOT_CONNECTED'],
    ['DISCONNECT\n\n\0', 'STOMP_PROTO_NOT_CONNECTED'],
  ] as const) {
    test(`must be CONNECT or STOMP, not ${frame.slice(0, frame.indexOf('\n'))}`, async (t) => {
      const scene = await brokerScene(t);
      const client = scene.stranger();
      client.writes(frame);
      const { body } = await client.expectsError(code);
      assert.match(body, /before CONNECT/);
      assert.doesNotMatch(body, /^\s+at /m);
    }); // StompTest.testMissingConnectFrame
  }

  for (const kind of EVERY_TRANSPORT) {
    test(`must come in time: a client over ${kind} that has sent one byte is let go`, async (t) => {
      const scene = await sceneOver(t, kind, { connectTimeoutMs: 1200 });
      const before = scene.clock.timerCount;
      const client = await strangerOver(t, scene, kind);
      client.writes('S');
      await hasTimers(scene, before + 1);
      scene.clock.advance(1200);
      await client.expectsClose();
    }); // StompConnectTimeoutTest.testInactivityMonitor, StompWSConnectionTimeoutTest.testInactivityMonitor, AutoStompConnectTimeoutTest.testInactivityMonitor
  }
});

describe('a connection ends with an ERROR', () => {
  for (const command of ['CONNECT', 'STOMP'] as const) {
    test(`when it logs in twice, by ${command}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client('1.0');
      client.frame(command, { login: 'system', passcode: 'manager' });
      const { body } = await client.expectsError('STOMP_PROTO_ALREADY_CONNECTED');
      assert.match(body, new RegExp(`${command} on a connected session`));
    }); // StompTest.testDuplicateConnect, StompTest.testDuplicateStomp
  }

  for (const command of ['RECEIPT', 'MESSAGE', 'CONNECTED', 'ERROR'] as const) {
    test(`when it sends ${command}, which is for servers`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      client.writes(`${command}\nreceipt-id:1\n\n\0`);
      await client.expectsError('STOMP_PROTO_UNEXPECTED_FRAME');
    }); // StompTest.testInvalidServerResponseReceived
  }

  // Commands are not matched by their beginnings here: the specification knows no SENDX.
  for (const command of ['SED', 'SENDX', 'SUB', 'send']) {
    test(`when it sends the unknown command ${command}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      client.writes(`${command}\ndestination:/queue/a\n\nHello World\0`);
      await client.expectsError('STOMP_FRAME_UNKNOWN_COMMAND');
    }); // StompTest.testSendFrameWithInvalidAction
  }

  for (const length of ['-1', '-10', 'many']) {
    test(`when it announces ${length} bytes`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client();
      client.writes(`SEND\ndestination:/queue/a\ncontent-length:${length}\n\nHello World\0`);
      await client.expectsError('STOMP_FRAME_BAD_CONTENT_LENGTH');
    }); // StompTest.testNegativeContentLength
  }
});

describe('a client that has gone', () => {
  test('is no client of the broker any more', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const watcher = await scene.client();
    const client = await scene.clientOverTcp();
    await client.subscribes('/queue/a');
    client.vanishes();
    await scene.hasTold('disconnected');
    // The broker tells new subscribers which connections there are.
    await watcher.subscribes('/topic/ActiveMQ.Advisory.Connection');
    assert.match((await watcher.nextMessage()).body, /^\{"ConnectionInfo":/);
    await watcher.expectsNoFrame();
  }); // StompTest.testDisconnectedClientsAreRemovedFromTheBroker

  test('leaves nothing behind, were it 500 times', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const timers = scene.clock.timerCount;
    for (let count = 0; count < 500; count += 1) {
      const client = await scene.clientOverTcp('1.1');
      await client.disconnects();
    }
    await scene.hasTold('disconnected', 500);
    assert.equal(scene.clock.timerCount, timers);
  }); // ConnectTest.testStompConnectLeak

  test('may come back at once, again and again, to a queue of persistent messages', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    for (let count = 0; count < 20; count += 1) {
      const client = await scene.clientOverTcp('1.0');
      await client.subscribes('/queue/a', { id: undefined });
      await client.sends('/queue/a', 'x'.repeat(1024), { persistent: 'true' });
      assert.equal((await client.nextMessage()).body.length, 1024);
      client.vanishes();
    }
  }); // StompTest.testDisconnectDoesNotDeadlockBroker
});

describe('a broker', () => {
  for (const kind of ['tcp', 'tls'] as const) {
    test(`that closes with a ${kind} client connected frees its port`, async (t) => {
      const scene = await sceneOver(t, kind);
      const client = await strangerOver(t, scene, kind);
      await client.connects();
      const port = scene.broker.connectors[0]?.port ?? 0;
      await scene.broker.close();
      await client.expectsClose();
      const next = await startBroker({ memory: true, connectors: [{ port }] });
      assert.equal(next.connectors[0]?.port, port);
      await next.close();
    }); // ConnectTest.testJaasDualStopWithOpenConnection
  }

  test('repeats no passcode, neither in an ERROR nor in what it tells its host', async (t) => {
    const scene = await brokerScene(t, { security: { anonymous: { roles: [] } } });
    const client = scene.stranger();
    client.frame('CONNECT', { 'accept-version': '1.2', login: 'system', passcode: 'tell-nobody' });
    const error = await client.expectsError('STOMP_PROTO_LOGIN_REFUSED');
    assert.doesNotMatch(JSON.stringify(error), /tell-nobody/);
    const told = scene.eventsOf('refused').map((event) => `${event.error.stack}`);
    assert.equal(told.length, 1);
    assert.doesNotMatch(told.join(), /tell-nobody/);
  }); // StompFrameTest.testNoPasscodeInToString
});
