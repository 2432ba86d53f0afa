import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BrokerError,
  ConnectionError,
  connect,
  TimeoutError,
  type TransportFactory,
} from '@stompbox/client';
import { FrameError, ProtocolError, type StompVersion } from '@stompbox/protocol';
import { settle } from './support/fake-clock.js';
import { type MemoryTransport, memoryPipe } from './support/memory-pipe.js';
import { scene, stage, typesOf } from './support/scene.js';
import { refuseConnection } from './support/scripted-broker.js';

describe('CONNECT', () => {
  test('offers all versions, the host of the URL and heart-beats', async () => {
    const { broker, options } = stage({ clientId: 'c-1', headers: { 'x-app': 'shop' } });
    const connection = await connect('stomp://mq.example:61613', {
      ...options,
      heartBeat: {},
    });
    assert.deepEqual(broker.session.frames[0]?.headers.toObject(), {
      __proto__: null,
      'accept-version': '1.0,1.1,1.2',
      host: 'mq.example',
      'heart-beat': '10000,10000',
      'client-id': 'c-1',
      'x-app': 'shop',
    });
    await connection.close();
  });

  test('names another virtual host and fewer versions when told so', async () => {
    const { connection, broker } = await scene({ host: '/shop', acceptVersions: ['1.2', '1.1'] });
    const headers = broker.session.frames[0]?.headers;
    assert.equal(headers?.get('host'), '/shop');
    assert.equal(headers?.get('accept-version'), '1.1,1.2');
    await connection.close();
  });

  test('that RabbitMQ refuses is told with the reason, which is in the body only', async () => {
    const { broker, options } = stage();
    const reason = "Virtual host 'mq' access denied\n";
    broker.answers.set('CONNECT', (_frame, session) => session.error('Bad CONNECT', {}, reason));
    await assert.rejects(connect('stomp://mq', { ...options, reconnect: false }), (error) => {
      assert.ok(error instanceof BrokerError);
      assert.match(error.message, /Virtual host 'mq' access denied/);
      return true;
    });
  });

  test('the answer is readable on the connection', async () => {
    const { connection } = await scene();
    assert.equal(connection.version, '1.2');
    assert.equal(connection.server, 'Scripted/1.0');
    assert.equal(connection.session, 's-1');
    assert.equal(connection.peer, 'broker:61613');
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  for (const version of ['1.0', '1.1', '1.2'] as const satisfies StompVersion[]) {
    test(`STOMP ${version} is spoken when the broker chooses it`, async () => {
      const { broker, options } = stage();
      broker.connected = version === '1.0' ? { session: 's' } : { version };
      const connection = await connect('stomp://mq', options);
      assert.equal(connection.version, version);
      await connection.send('/queue/a:b', 'x', { headers: { note: 'a:b' } });
      const sent = broker.session.received('SEND')[0];
      assert.equal(sent?.headers.get('note'), 'a:b');
      await connection.close();
    });
  }
});

describe('a connection that does not come about', () => {
  test('a version that was not offered is refused', async () => {
    const { broker, options } = stage({ acceptVersions: ['1.1'] });
    broker.connected = { version: '1.2' };
    await assert.rejects(connect('stomp://mq', options), (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.equal(error.code, 'STOMP_PROTO_VERSION');
      return true;
    });
    assert.ok(broker.session.clientTransport.isClosed);
  });

  test('a malformed heart-beat header of the broker is refused', async () => {
    const { broker, options } = stage();
    broker.connected = { version: '1.2', 'heart-beat': 'often' };
    await assert.rejects(connect('stomp://mq', options), { code: 'STOMP_PROTO_BAD_HEART_BEAT' });
  });

  const refusals: readonly (readonly [broker: string, message: string, body: string])[] = [
    ['ActiveMQ', 'User name [bob] or password is invalid.', ''],
    ['Artemis', 'Security Error occurred: User name [bob] or password is invalid', ''],
    ['RabbitMQ', 'Bad CONNECT', "Access refused for user 'bob'\n"],
  ];
  for (const [name, message, body] of refusals) {
    test(`a login that ${name} refuses is fatal and is not tried again`, async () => {
      const { broker, options } = stage({ startup: { maxAttempts: 5 } });
      broker.answers.set('CONNECT', (_frame, session) => session.error(message, {}, body));
      await assert.rejects(connect('stomp://a,stomp://b', options), (error) => {
        assert.ok(error instanceof BrokerError);
        assert.equal(error.code, 'STOMP_BROKER_LOGIN');
        assert.equal(error.retryable, false);
        assert.equal(error.body, body);
        assert.match(error.message, /check login and passcode/);
        return true;
      });
      assert.deepEqual(broker.attempts, ['a:61613']);
    });
  }

  test('a broker that states a code is believed', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) =>
      session.error('no', { code: 'STOMP_BROKER_LOGIN' }),
    );
    await assert.rejects(connect('stomp://mq', options), (error) => {
      assert.ok(error instanceof BrokerError);
      assert.equal(error.code, 'STOMP_BROKER_LOGIN');
      assert.equal(error.brokerCode, 'STOMP_BROKER_LOGIN');
      return true;
    });
  });

  test('another ERROR is a refusal that carries what the broker said', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) =>
      session.error('', {}, 'Client: c already connected\n\tat Foo.java'),
    );
    await assert.rejects(connect('stomp://mq', options), (error) => {
      assert.ok(error instanceof BrokerError);
      assert.equal(error.code, 'STOMP_BROKER_REFUSED');
      assert.match(error.message, /refused CONNECT: Client: c already connected$/);
      assert.match(error.body, /Foo\.java/);
      return true;
    });
  });

  test('a frame other than CONNECTED is refused', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) =>
      session.write('RECEIPT', { 'receipt-id': '1' }),
    );
    await assert.rejects(connect('stomp://mq', options), { code: 'STOMP_PROTO_UNEXPECTED_FRAME' });
  });

  test('a peer that speaks something else is recognised', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) =>
      session.writeRaw('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await assert.rejects(connect('stomp://mq:8161', options), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_NOT_STOMP');
      assert.match(error.message, /mq:8161 did not answer in STOMP .*61616 is OpenWire/);
      assert.ok(error.cause instanceof FrameError);
      return true;
    });
  });

  test('a peer that closes without an answer is reported', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) => session.drop());
    await assert.rejects(connect('stomp://mq', options), {
      code: 'STOMP_NET_NOT_STOMP',
      message: /it closed the connection/,
    });
  });

  test('a refused connection says what may be wrong and what to run', async () => {
    const { broker, options, events } = stage();
    broker.onAttempt = refuseConnection;
    await assert.rejects(connect('stomp://mq:61613', options), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_REFUSED');
      assert.equal(error.retryable, true);
      assert.match(error.message, /^mq:61613 refused/);
      assert.match(error.message, /broker may be down/);
      assert.match(error.message, /npx stompbox broker/);
      assert.match(error.message, /transportConnector/);
      return true;
    });
    assert.deepEqual(typesOf(events), ['connecting', 'connect-failed', 'closed']);
  });

  test('another system error says that the server cannot be reached, and why', async () => {
    const { broker, options } = stage();
    broker.onAttempt = () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND mq'), { code: 'ENOTFOUND' });
    };
    await assert.rejects(connect('stomp://mq', options), {
      code: 'STOMP_NET_UNREACHABLE',
      message: /mq:61613 cannot be reached \(getaddrinfo ENOTFOUND mq\)/,
    });
  });
});

describe('waiting for a connection', () => {
  test('an attempt that gets no CONNECTED is given up after connectTimeoutMs', async () => {
    const { broker, clock, options } = stage({ connectTimeoutMs: 3000 });
    broker.ignore('CONNECT');
    const connecting = connect('stomp://mq', options);
    const failed = assert.rejects(connecting, (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.code, 'STOMP_NET_TIMEOUT_CONNECT');
      assert.match(error.message, /3000 ms/);
      return true;
    });
    await settle();
    await clock.advance(2999);
    assert.equal(broker.session.clientTransport.isClosed, false);
    await clock.advance(1);
    await failed;
    assert.equal(broker.session.clientTransport.isClosed, true);
  });

  test('a transport that opens after the timeout is closed again', async () => {
    const { clock, options } = stage({ connectTimeoutMs: 100 });
    const { client } = memoryPipe('late:1');
    let open: (transport: typeof client) => void = () => {};
    const failed = assert.rejects(
      connect('stomp://mq', {
        ...options,
        transport: () =>
          new Promise((resolve) => {
            open = resolve;
          }),
      }),
      { code: 'STOMP_NET_TIMEOUT_CONNECT' },
    );
    await settle();
    await clock.advance(100);
    await failed;
    open(client);
    await settle();
    assert.equal(client.isClosed, true);
  });

  test('the signal gives up an attempt that is under way', async () => {
    const { broker, options } = stage();
    broker.ignore('CONNECT');
    const stop = new AbortController();
    const failed = assert.rejects(connect('stomp://mq', { ...options, signal: stop.signal }), {
      message: 'enough',
    });
    await settle();
    stop.abort(new Error('enough'));
    await failed;
    assert.equal(broker.session.clientTransport.isClosed, true);
  });

  test('a signal that is already aborted tries nothing', async () => {
    const { broker, options } = stage();
    const signal = AbortSignal.abort(new Error('never'));
    await assert.rejects(connect('stomp://mq', { ...options, signal }), { message: 'never' });
    assert.deepEqual(broker.attempts, []);
  });

  test('the signal has no effect after connecting', async () => {
    const stop = new AbortController();
    const { connection, broker } = await scene({ signal: stop.signal });
    stop.abort();
    await connection.send('/queue/a', 'x');
    assert.equal(broker.session.received('SEND').length, 1);
    await connection.close();
  });
});

test('a transport that refuses CONNECT is closed again', async () => {
  const { broker, options } = stage();
  let transport: MemoryTransport | undefined;
  const failing: TransportFactory = async (server, signal) => {
    transport = (await broker.transport(server, signal)) as MemoryTransport;
    transport.write = () => {
      throw new Error('no room');
    };
    return transport;
  };
  await assert.rejects(connect('stomp://mq', { ...options, transport: failing }), {
    code: 'STOMP_NET_UNREACHABLE',
    message: /no room/,
  });
  assert.equal(transport?.isClosed, true);
});
