/** Listening on TCP: addresses, ports that are taken, and connections that end in every way. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { BrokerStartError, startBroker } from '@stompbox/broker';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

describe('a connector', () => {
  test('on port 0 tells the port that it got', async (t) => {
    const { broker } = await brokerScene(t, LISTENING);
    const [connector] = broker.connectors;
    assert(connector && connector.port > 0);
    assert.equal(connector.host, '127.0.0.1');
    assert.equal(connector.url, `stomp://127.0.0.1:${connector.port}`);
  });

  test('may be one of several, which share queues', async (t) => {
    const scene = await brokerScene(t, { connectors: [{ port: 0 }, { port: 0 }] });
    const ports = scene.broker.connectors.map(({ port }) => port);
    assert.equal(new Set(ports).size, 2);
  });

  test('may be none, for a broker within one program', async (t) => {
    const scene = await brokerScene(t, { connectors: [] });
    assert.deepEqual(scene.broker.connectors, []);
    await (await scene.client()).expectsNoFrame();
  });

  test('on a port that is taken refuses to start, in one line that says what to do', async (t) => {
    const first = await brokerScene(t, LISTENING);
    const port = first.broker.connectors[0]?.port ?? 0;
    await assert.rejects(startBroker({ memory: true, connectors: [{ port }] }), (error) => {
      assert(error instanceof BrokerStartError);
      assert.equal(error.code, 'STOMP_START_PORT_IN_USE');
      assert.match(error.message, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken .*choose`));
      assert(!error.message.includes('\n'));
      assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE');
      return true;
    });
  });

  test('that cannot listen frees the ports and the store that were taken before', async (t) => {
    const data = temporaryDirectory(t);
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const connectors = [{ port: 0 }, { port }];
    await assert.rejects(startBroker({ data, connectors }), { code: 'STOMP_START_PORT_IN_USE' });
    await new Promise((resolve) => taken.close(resolve));
    const broker = await startBroker({ data, connectors });
    assert.equal(broker.connectors[1]?.port, port);
    await broker.close();
  });

  test('on an address of another machine refuses to start', async () => {
    const connectors = [{ host: '192.0.2.1', port: 0 }];
    await assert.rejects(startBroker({ memory: true, connectors }), {
      name: 'BrokerStartError',
      code: 'STOMP_START_CANNOT_LISTEN',
      message: /^Cannot listen on 192\.0\.2\.1:0 \(EADDRNOTAVAIL\): choose an address/,
    });
  });
});

describe('a TCP connection', () => {
  test('takes a frame in pieces of any size', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes('/queue/a');
    const frame = 'SEND\ndestination:/queue/a\nkey:ünï\ncontent-length:6\n\nü🙂\0';
    for (const byte of Buffer.from(frame)) client.writes(Uint8Array.of(byte));
    const { headers, body } = await client.nextMessage();
    assert.deepEqual([headers['key'], body], ['ünï', 'ü🙂']);
  });

  test('that is reset is told of, and its session ends', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'work');
    await client.nextMessage();
    const other = await scene.clientOverTcp();
    await other.subscribes('/queue/a');
    client.vanishes();
    assert.equal((await other.nextMessage()).headers['redelivered'], 'true');
    assert.equal(scene.eventsOf('disconnected').length, 1);
  });

  test('whose client closes its side is closed by the broker', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    client.ends();
    await client.expectsClose();
  });

  test('of a client that never reads its ERROR is cut off after five seconds', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    client.stopsReading();
    client.writes('GARBAGE\n\n\0');
    await scene.hasTold('refused');
    // The client is told, and given time to read.
    await (await scene.clientOverTcp()).roundTrip();
    assert.deepEqual(scene.eventsOf('disconnected'), []);
    scene.clock.advance(5000);
    await scene.hasTold('disconnected');
    assert.equal(scene.clock.timerCount, 0);
  });

  test('is served beside two hundred others', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const clients = await Promise.all(Array.from({ length: 200 }, () => scene.clientOverTcp()));
    await Promise.all(clients.map((client) => client.subscribes('/topic/a')));
    await clients[0]?.sends('/topic/a', 'hello');
    for (const client of clients) assert.equal((await client.nextMessage()).body, 'hello');
    await Promise.all(clients.map((client) => client.disconnects()));
    await scene.hasTold('disconnected', 200);
    assert.equal(scene.events.length, 400);
  });
});
