/** The options and the life of the client with the API of stompjs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import {
  ActivationState,
  Client,
  type IFrame,
  ReconnectionTimeMode,
  Stomp,
  StompConfig,
  StompSocketState,
  TickerStrategy,
  Versions,
} from '@stompbox/client/stompjs';
import { settle } from '../support/fake-clock.js';
import { FakeSocket, messageFor } from './fake-socket.js';
import { connectedStage, Stage } from './stage.js';

describe('the constants', () => {
  test('have the numbers of stompjs and can be read both ways', () => {
    assert.deepEqual(
      [ActivationState.ACTIVE, ActivationState.DEACTIVATING, ActivationState.INACTIVE],
      [0, 1, 2],
    );
    assert.equal(ActivationState[ActivationState.INACTIVE], 'INACTIVE');
    assert.equal(StompSocketState[StompSocketState.CLOSING], 'CLOSING');
    assert.equal(ReconnectionTimeMode[ReconnectionTimeMode.LINEAR], 'LINEAR');
    assert.equal(TickerStrategy.Worker, 'worker');
  });

  test('of versions name headers and sub-protocols', () => {
    assert.equal(Versions.default.supportedVersions(), '1.2,1.1,1.0');
    assert.deepEqual(new Versions([Versions.V1_1]).protocolVersions(), ['v11.stomp']);
  });
});

describe('options', () => {
  test('that are undefined leave the default', () => {
    const config = Object.assign(new StompConfig(), { reconnectDelay: undefined });
    assert.equal(new Client(config).reconnectDelay, 5000);
  });

  test('correct a longest pause that is shorter than the first', () => {
    const lines: string[] = [];
    const debug = (line: string) => lines.push(line);
    const client = new Client({ maxReconnectDelay: 10, reconnectDelay: 20, debug });
    assert.equal(client.maxReconnectDelay, 20);
    assert.match(lines.join(), /maxReconnectDelay/);
  });

  test('go into CONNECT, and nothing else does', async () => {
    const { socket } = await connectedStage({
      connectHeaders: { login: 'ann', passcode: 'p', host: '/', custom: 'x' },
      heartbeatOutgoing: 3000,
      heartbeatIncoming: 4000,
      stompVersions: new Versions(['1.2', '1.1']),
    });
    assert.deepEqual(Object.fromEntries(socket.frames[0]?.headers ?? []), {
      ...{ login: 'ann', passcode: 'p', host: '/', custom: 'x' },
      'accept-version': '1.2,1.1',
      'heart-beat': '3000,4000',
    });
  });

  test('leave host out of CONNECT, because RabbitMQ takes it for a virtual host', async () => {
    const { socket } = await connectedStage();
    assert.equal(socket.frames[0]?.headers.has('host'), false);
  });

  test('let beforeConnect set them for each attempt', async () => {
    let count = 0;
    const { stage, socket, clock } = await connectedStage({
      reconnectDelay: 10,
      beforeConnect: async (client) => {
        client.connectHeaders = { token: `t${++count}` };
      },
    });
    await socket.lose();
    await clock.advance(10);
    await stage.accept();
    const tokens = stage.sockets.map(({ frames }) => frames[0]?.headers.get('token'));
    assert.deepEqual(tokens, ['t1', 't2']);
  });

  test('show raw frames when told to', async () => {
    const lines: string[] = [];
    const debug = (line: string) => lines.push(line);
    const { client, socket } = await connectedStage({ debug, logRawCommunication: true });
    client.publish({ destination: '/queue/a', body: 'out' });
    client.publish({ destination: '/queue/a', binaryBody: Uint8Array.of(111, 107) });
    await socket.receive(messageFor('none', 'in'));
    const text = lines.join('\n');
    for (const body of ['out', 'ok', 'in']) assert.ok(text.includes(`\n\n${body}\0`), body);
  });

  test('restore the NUL that React Native cuts off', async () => {
    const { client, socket } = await connectedStage({ appendMissingNULLonIncoming: true });
    const bodies: string[] = [];
    client.subscribe('/queue/a', ({ body }) => bodies.push(body), { id: 's' });
    await socket.receive(messageFor('s', 'cut').slice(0, -1), messageFor('s', 'whole'));
    assert.deepEqual(bodies, ['cut', 'whole']);
  });

  test('without a broker are told of as an uncaught error', () => {
    const program = `
      import { Client } from '@stompbox/client/stompjs';
      const client = new Client();
      process.on('uncaughtException', ({ code }) => console.log(code, client.state));
      client.activate();`;
    const args = ['--input-type=module', '-e', program];
    const { stdout } = spawnSync(process.execPath, args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), 'STOMP_OPT_INVALID 2');
  });
});

describe('reconnecting', () => {
  async function pausesOf(config: StompConfig, count: number): Promise<number[]> {
    const stage = new Stage(config);
    stage.client.activate();
    await settle();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= count; attempt++) {
      await stage.socket.lose();
      let pause = 0;
      while (stage.sockets.length === attempt) {
        await stage.clock.advance(50);
        pause += 50;
      }
      pauses.push(pause);
    }
    return pauses;
  }

  test('pauses the same each time', async () => {
    assert.deepEqual(await pausesOf({ reconnectDelay: 200 }, 3), [200, 200, 200]);
  });

  test('pauses twice as long each time, up to the longest', async () => {
    const config = {
      reconnectDelay: 100,
      maxReconnectDelay: 300,
      reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
    };
    assert.deepEqual(await pausesOf(config, 4), [100, 200, 300, 300]);
  });

  test('does not happen with a delay of 0', async () => {
    const { stage, socket, clock } = await connectedStage({ reconnectDelay: 0 });
    await socket.lose();
    await clock.advance(1_000_000);
    assert.equal(stage.sockets.length, 1);
  });

  test('is ended by deactivate() in onWebSocketClose', async () => {
    const { client, socket, clock } = await connectedStage();
    client.onWebSocketClose = () => client.deactivate();
    await socket.lose();
    assert.equal(client.state, ActivationState.INACTIVE);
    assert.equal(clock.timerCount, 0);
  });

  test('follows an attempt that took too long', async () => {
    const stage = new Stage({ connectionTimeout: 500, reconnectDelay: 10 });
    stage.client.activate();
    await settle();
    await stage.clock.advance(510);
    assert.deepEqual(stage.told, ['closed 4001']);
    assert.equal(stage.sockets.length, 2);
  });

  test('follows forceDisconnect()', async () => {
    const { stage, client, clock, told } = await connectedStage({ reconnectDelay: 10 });
    client.forceDisconnect();
    await settle();
    await clock.advance(10);
    assert.deepEqual(told, ['connected', 'closed 4001']);
    assert.equal(stage.sockets.length, 2);
  });

  test('follows an ERROR in answer to CONNECT', async () => {
    const errors: string[] = [];
    const stage = new Stage({
      reconnectDelay: 10,
      onStompError: (frame: IFrame) => errors.push(frame.body),
    });
    stage.client.activate();
    await settle();
    stage.socket.isAlive = false;
    await stage.socket.open();
    await stage.socket.receive('ERROR\nmessage:no\n\nwrong login\0');
    await stage.clock.advance(10);
    assert.deepEqual(errors, ['wrong login']);
    assert.equal(stage.sockets.length, 2);
  });
});

describe('what comes in', () => {
  test('for nobody is told of', async () => {
    const told: string[] = [];
    const { client, socket } = await connectedStage({
      onUnhandledMessage: ({ body }) => told.push(body),
      onUnhandledReceipt: (frame: IFrame) => told.push(frame.headers['receipt-id'] ?? ''),
      onUnhandledFrame: (frame: IFrame) => told.push(frame.command),
    });
    client.subscribe('/queue/a', () => told.push('never'), { id: 's' });
    client.unsubscribe('s');
    await socket.receive(messageFor('s', 'late'), 'RECEIPT\nreceipt-id:r\n\n\0', 'SEND\n\n\0');
    assert.deepEqual(told, ['late', 'r', 'SEND']);
  });

  test('may be bytes, in pieces', async () => {
    const { client, socket } = await connectedStage();
    const bodies: string[] = [];
    client.subscribe('/queue/a', ({ body }) => bodies.push(body), { id: 's' });
    const bytes = new TextEncoder().encode(messageFor('s', 'größer'));
    await socket.receive(bytes.subarray(0, 70), bytes.subarray(70));
    assert.deepEqual(bodies, ['größer']);
  });

  test('that is neither text nor bytes ends the connection', async () => {
    const { socket, told } = await connectedStage({ reconnectDelay: 0 });
    socket.onmessage?.({ data: 5 });
    await settle();
    assert.deepEqual(told, ['connected', 'closed 4001']);
  });

  test('as a heart-beat is told of', async () => {
    let count = 0;
    const { socket } = await connectedStage({ onHeartbeatReceived: () => count++ });
    await socket.receive('\n', '\n');
    assert.equal(count, 2);
  });

  test('prints as its command and headers', async () => {
    let text = '';
    const { client, socket } = await connectedStage();
    client.subscribe('/queue/a', (message) => (text = `${message}`), { id: 's' });
    await socket.receive(messageFor('s', 'body'));
    assert.match(text, /^MESSAGE\nsubscription:s\n/);
    assert.doesNotMatch(text, /body/);
  });
});

describe('Stomp', () => {
  test('connects by headers, or by login and passcode with a host', async () => {
    const byHeaders = Stomp.over(() => new FakeSocket());
    byHeaders.connect({ login: 'ann' }, () => {});
    assert.deepEqual(byHeaders.connectHeaders, { login: 'ann' });
    await byHeaders.deactivate();
    const byLogin = Stomp.over(() => new FakeSocket());
    byLogin.connect('ann', 'p', () => {});
    assert.deepEqual(byLogin.connectHeaders, { login: 'ann', passcode: 'p' });
    await byLogin.deactivate();
    const client = Stomp.over(() => new FakeSocket());
    client.connect('ann', 'p', null, null, null, 'vhost');
    assert.equal(client.connectHeaders['host'], 'vhost');
    await client.deactivate();
  });

  test('uses the class that was given for WebSockets', async () => {
    const urls: string[] = [];
    Stomp.WebSocketClass = class extends FakeSocket {
      constructor(url: string) {
        super();
        urls.push(url);
      }
    };
    const client = Stomp.client('ws://broker/');
    client.connect({}, () => {});
    await settle();
    await client.deactivate();
    Stomp.WebSocketClass = null;
    assert.deepEqual(urls, ['ws://broker/']);
  });

  test('over one socket has one connection', async () => {
    const socket = new FakeSocket();
    const client = Stomp.over(socket);
    const codes: number[] = [];
    client.reconnect_delay = 1;
    client.connect({}, null, null, ({ code }) => {
      codes.push(code);
      if (codes.length === 2) client.deactivate();
    });
    await settle();
    await socket.open();
    await socket.lose();
    while (client.active) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(codes, [1006, 4001]);
  });

  test('has the fields of old programs', () => {
    const client = Stomp.over(() => new FakeSocket());
    const onMessage = () => {};
    client.onreceive = onMessage;
    client.onreceipt = onMessage;
    client.heartbeat.incoming = 7;
    assert.equal(client.onUnhandledMessage, onMessage);
    assert.equal(client.onreceive, client.onreceipt);
    assert.deepEqual([client.heartbeatIncoming, client.heartbeat.outgoing], [7, 10_000]);
    assert.equal(client.ws, undefined);
  });
});

test('a client is no plain object, so that Vue leaves it alone', () => {
  assert.equal(Object.prototype.toString.call(new Client()), '[object StompClient]');
});
