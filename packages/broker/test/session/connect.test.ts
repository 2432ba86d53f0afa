/** CONNECT and STOMP: versions, what CONNECTED says, and who is turned away. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';

describe('the version', () => {
  for (const [accepted, agreed] of [
    [undefined, '1.0'],
    ['1.0', '1.0'],
    ['1.1', '1.1'],
    ['1.2', '1.2'],
    ['1.0,1.1', '1.1'],
    ['1.1,1.0,1.2', '1.2'],
    ['1.2, 1.1', '1.2'],
    ['1.0,10.1', '1.0'],
    ['1.1,1.3', '1.1'],
    ['', '1.0'],
  ] as const) {
    test(`is ${agreed} for accept-version ${accepted ?? 'left out'}`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      client.frame('CONNECT', { host: 'x', 'accept-version': accepted });
      const { headers } = await client.connected();
      assert.equal(headers['version'], agreed);
    });
  }

  for (const accepted of ['1.3', '9.0,10.1', 'x']) {
    test(`"${accepted}" is refused with the versions there are`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      client.frame('STOMP', { host: 'x', 'accept-version': accepted });
      const { headers } = await client.expectsError('STOMP_PROTO_VERSION');
      assert.equal(headers['version'], '1.0,1.1,1.2');
      assert(headers['message']?.includes(accepted));
    });
  }

  test('holds from the first frame after CONNECT, also in the same packet', async (t) => {
    const scene = await brokerScene(t);
    const client = scene.stranger();
    client.writes(
      'CONNECT\naccept-version:1.2\nhost:x\n\n\0\n' +
        'SUBSCRIBE\nid:s\ndestination:/topic/a\nreceipt:a\\cb \n\n\0\n' +
        'SEND\ndestination:/topic/a\nkey: one\\ntwo\n\nhello\0',
    );
    await client.connected();
    await client.receipt('a:b ');
    const { headers, body } = await client.nextMessage();
    assert.equal(headers['key'], ' one\ntwo');
    assert.equal(body, 'hello');
  });

  test('1.0 trims header values, 1.1 and 1.2 do not', async (t) => {
    const scene = await brokerScene(t);
    for (const [version, expected] of [
      ['1.0', 'r'],
      ['1.1', ' r '],
      ['1.2', ' r '],
    ] as const) {
      const client = await scene.client(version);
      client.writes('BEGIN\ntransaction:t\nreceipt: r \n\n\0');
      const { headers } = await client.nextFrame();
      assert.equal(headers['receipt-id'], expected);
    }
  });
});

describe('CONNECTED', () => {
  test('names version, server, session and heart-beat, and nothing else', async (t) => {
    const client = (await brokerScene(t)).stranger();
    const { lines, headers, body } = await client.connects('1.2');
    const names = lines.map(([name]) => name).sort();
    assert.deepEqual(names, ['heart-beat', 'server', 'session', 'version']);
    assert.match(headers['server'] ?? '', /^stompbox\/\d+\.\d+\.\d+/);
    assert.match(headers['session'] ?? '', /^ID-/);
    assert.equal(headers['heart-beat'], '0,0');
    assert.equal(body, '');
  });

  test('gives every connection a session of its own', async (t) => {
    const scene = await brokerScene(t);
    const sessions = new Set<string | undefined>();
    for (let count = 0; count < 3; count++) {
      sessions.add((await scene.stranger().connects()).headers['session']);
    }
    assert.equal(sessions.size, 3);
  });

  test('takes the client-id as session, as it is', async (t) => {
    const client = (await brokerScene(t)).stranger();
    const { headers } = await client.connects('1.2', { 'client-id': 'host:7\\c' });
    assert.equal(headers['session'], 'host:7\\c');
  });

  test('answers heart-beat with the client numbers swapped', async (t) => {
    const client = (await brokerScene(t)).stranger();
    const { headers } = await client.connects('1.1', { 'heart-beat': '1000,2000' });
    assert.equal(headers['heart-beat'], '2000,1000');
  });

  test('answers heart-beats that are too quick with 100 ms', async (t) => {
    const client = (await brokerScene(t)).stranger();
    const { headers } = await client.connects('1.2', { 'heart-beat': '5,0' });
    assert.equal(headers['heart-beat'], '0,100');
  });

  for (const [name, headers] of [
    ['request-id', { 'request-id': 'q' }],
    ['receipt, if there is no request-id', { receipt: 'q' }],
    ['request-id rather than receipt', { 'request-id': 'q', receipt: 'other' }],
  ] as const) {
    test(`echoes ${name}, and no RECEIPT follows`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      const connected = await client.connects('1.2', headers);
      assert.equal(connected.headers['response-id'], 'q');
      assert.equal(connected.headers['receipt-id'], 'q');
      await client.expectsNoFrame();
    });
  }

  test('ends with NUL and a line feed', async (t) => {
    const client = (await brokerScene(t)).stranger();
    await client.connects();
    assert((await client.nextChunk()).endsWith('\n\n\0\n'));
  });
});

describe('CONNECT', () => {
  for (const version of ['1.0', '1.1', '1.2'] as const) {
    test(`may have CRLF lines, for ${version}`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      client.writes(`CONNECT\r\naccept-version:${version}\r\nhost:x\r\nrequest-id:7\r\n\r\n\0\r\n`);
      const { headers } = await client.connected();
      assert.deepEqual([headers['version'], headers['response-id']], [version, '7']);
      await client.subscribes('/queue/a');
    });
  }

  test('may be one byte at a time, after line feeds', async (t) => {
    const client = (await brokerScene(t)).stranger();
    for (const byte of '\n\r\nSTOMP\naccept-version:1.2\nhost:x\n\n\0') client.writes(byte);
    assert.equal((await client.connected()).headers['version'], '1.2');
  });

  test('may carry login and passcode, which no event repeats', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.2', { login: 'someone', passcode: 'secret-passcode' });
    client.frame('SUBSCRIBE', {});
    await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    assert.equal(scene.eventsOf('connected').length, 1);
    const told = scene.events.map((event) => `${JSON.stringify(event)} ${String(event.type)}`);
    assert(!told.join().includes('secret-passcode'));
  });

  for (const command of ['CONNECT', 'STOMP'] as const) {
    test(`is refused as a second ${command}`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame(command, { 'accept-version': '1.2' });
      await client.expectsError('STOMP_PROTO_ALREADY_CONNECTED');
    });
  }

  for (const value of ['0', 'T,0', '100,10,50', '1000', '', '1000.5,0', '-1,0']) {
    test(`with the heart-beat "${value}" is refused`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      client.frame('CONNECT', { 'accept-version': '1.1', 'heart-beat': value });
      const { headers } = await client.expectsError('STOMP_PROTO_BAD_HEART_BEAT');
      assert.match(headers['message'] ?? '', /heart-beat/);
    });
  }

  test('must be the first frame', async (t) => {
    for (const command of ['SEND', 'SUBSCRIBE', 'DISCONNECT', 'BEGIN', 'ACK'] as const) {
      const client = (await brokerScene(t)).stranger();
      client.frame(command, { destination: '/queue/a', receipt: 'r' });
      const { headers, body } = await client.expectsError('STOMP_PROTO_NOT_CONNECTED');
      assert.equal(headers['receipt-id'], 'r');
      assert.match(body, new RegExp(`${command} before CONNECT`));
    }
  });

  test('is a command, not a prefix', async (t) => {
    const client = (await brokerScene(t)).stranger();
    client.writes('CONNECTX\naccept-version:1.2\n\n\0');
    await client.expectsError('STOMP_FRAME_UNKNOWN_COMMAND');
  });

  test('is accepted over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.strangerOverTcp();
    const { headers } = await client.connects('1.1', { 'heart-beat': '0,0' });
    assert.equal(headers['version'], '1.1');
    assert.match(scene.eventsOf('connected')[0]?.peer ?? '', /^127\.0\.0\.1:\d+$/);
    await client.disconnects();
  });
});

describe('the login time-out', () => {
  test('closes a connection that has sent nothing, without a word', async (t) => {
    const scene = await brokerScene(t, { connectTimeoutMs: 1200 });
    const client = scene.stranger();
    scene.clock.advance(1199);
    assert.equal(client.isClosed, false);
    scene.clock.advance(1);
    await client.expectsClose();
    assert.match(scene.eventsOf('disconnected')[0]?.error?.message ?? '', /no CONNECT/);
  });

  test('closes a connection that has sent half a CONNECT', async (t) => {
    const scene = await brokerScene(t);
    const client = scene.stranger();
    client.writes('CONNECT\naccept-ver');
    scene.clock.advance(30_000);
    await client.expectsClose();
  });

  test('is over once the client has logged in', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    scene.clock.advance(31_000);
    await client.expectsNoFrame();
    assert.equal(scene.clock.timerCount, 0);
  });

  test('closes a silent TCP connection', async (t) => {
    const scene = await brokerScene(t, { ...LISTENING, connectTimeoutMs: 10 });
    const first = await scene.strangerOverTcp();
    // A second client that is served proves that the first was accepted before.
    const second = await scene.clientOverTcp();
    scene.clock.advance(10);
    await first.expectsClose();
    await second.expectsNoFrame();
  });
});
