/** A broker of the testing kit: how it starts, whom it lets in, what it shows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import { createMessaging, resolveSettings } from 'stompbox';
import { testBroker } from 'stompbox/testing';
import { MemoryLogger } from '../support/memory-logger.js';

describe('a test broker', () => {
  test('needs no port, and delivers what is sent', async () => {
    await using broker = await testBroker();
    await using connection = await broker.connect();
    const subscription = await connection.subscribe('/queue/orders');
    await connection.send('/queue/orders', 'hello');
    for await (const message of subscription) {
      assert.equal(message.text(), 'hello');
      break;
    }
    assert.equal(broker.url, undefined);
    assert.deepEqual(broker.broker.connectors, []);
    assert.equal(connection.server?.startsWith('stompbox/'), true);
  });

  test('shows what a queue holds, in its order, and takes nothing', async () => {
    await using broker = await testBroker();
    await using connection = await broker.connect();
    await connection.send('/queue/orders', '{"id":1}', { contentType: 'application/json' });
    await connection.send('/queue/orders', 'two', { contentType: 'text/plain' });
    const contentType = 'application/octet-stream';
    await connection.send('/queue/orders', new Uint8Array([3]), { contentType });
    for (const name of ['orders', '/queue/orders']) {
      const bodies = (await broker.messages(name)).map(({ body }) => body);
      assert.deepEqual(bodies, [{ id: 1 }, 'two', new Uint8Array([3])]);
    }
    assert.deepEqual(await broker.messages('empty'), []);
  });

  test('can look into queues only', async () => {
    await using broker = await testBroker();
    await assert.rejects(broker.messages('/topic/news'), {
      code: 'STOMP_OPT_INVALID',
      message: /looks into a queue/,
    });
  });

  test('serves a service by its ports', async () => {
    await using broker = await testBroker({ profile: 'rabbitmq' });
    const settings = resolveSettings({ url: 'stomp://anything' }, { env: {} });
    const logger = new MemoryLogger();
    await using messaging = createMessaging(settings, { ...broker.ports, logger });
    await messaging.send('/queue/orders', { id: 1 });
    assert.equal(messaging.snapshot().connection.profile, 'rabbitmq');
    assert.deepEqual((await broker.messages('orders'))[0]?.body, { id: 1 });
  });

  test('takes clients of other processes on a port, as another broker if wanted', async () => {
    await using broker = await testBroker({ port: 0, profile: 'artemis' });
    const { url } = broker;
    assert.match(url ?? '', /^stomp:\/\/127\.0\.0\.1:\d+$/);
    await using connection = await connect(url ?? '');
    assert.equal(connection.profile.name, 'artemis');
    await connection.send('/queue/orders', 'over TCP');
    assert.equal((await broker.messages('orders')).length, 1);
  });

  test('answers bytes that are no STOMP with an ERROR', async () => {
    await using broker = await testBroker();
    const transport = await broker.transport(
      { host: 'x', port: 1, isTls: false },
      new AbortController().signal,
    );
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      transport.start({
        onData: (chunk) => {
          text += new TextDecoder().decode(chunk);
        },
        onDrain: () => undefined,
        onClose: () => resolve(text),
      });
      transport.write(new TextEncoder().encode('GET / HTTP/1.1\n\n\0'));
    });
    assert.match(answer, /^ERROR\nmessage:.*\ncode:STOMP_FRAME_UNKNOWN_COMMAND\n/);
  });

  test('cannot take a port that is taken, and says so', async () => {
    await using first = await testBroker({ port: 0 });
    const port = Number(new URL(first.url ?? '').port);
    await assert.rejects(testBroker({ port }), {
      code: 'STOMP_OPT_INVALID',
      message: /The option port of testBroker\(\) cannot be used: .*EADDRINUSE.*; 0 takes any free/,
    });
  });

  test('is as strict as the broker about escapes', async () => {
    await using broker = await testBroker();
    const connection = await broker.connect({ reconnect: false });
    const frame = 'SEND\ndestination:/queue/a\nname:a\\tb\n\n\0';
    const transport = await broker.transport(
      { host: 'x', port: 1, isTls: false },
      new AbortController().signal,
    );
    const answers = new Promise<string>((resolve) => {
      let text = '';
      transport.start({
        onData: (chunk) => {
          text += new TextDecoder().decode(chunk);
          if (text.includes('CONNECTED') && !text.includes('ERROR')) {
            transport.write(new TextEncoder().encode(frame));
          }
        },
        onDrain: () => undefined,
        onClose: () => resolve(text),
      });
      transport.write(new TextEncoder().encode('CONNECT\naccept-version:1.2\nhost:x\n\n\0'));
    });
    assert.match(await answers, /STOMP_FRAME_BAD_ESCAPE/);
    assert.equal(connection.state, 'connected');
  });

  test('is closed by await using, with its clients', async () => {
    const outer = await testBroker();
    const connection = await outer.connect({ reconnect: false });
    {
      await using broker = outer;
      assert.equal(broker.broker.state, 'running');
    }
    assert.equal(outer.broker.state, 'closed');
    assert.match(String(await connection.closed), /The connection to memory was lost/);
  });

  for (const [options, says] of [
    [{ profile: 'ibm' }, /The option profile of testBroker\(\) must be 'stompbox', 'activemq'/],
    [{ clock: 'wall' }, /The option clock of testBroker\(\) must be 'fake' or 'system'/],
    [{ broker: { memory: false } }, /broker\.memory of testBroker\(\) is decided by the kit/],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(testBroker(options as object), {
        code: 'STOMP_OPT_INVALID',
        message: says,
      });
    });
  }
});
