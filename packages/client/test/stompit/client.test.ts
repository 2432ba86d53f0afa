/** What the adapter's client does better than stompit, or that no broker can be made to provoke. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { connect, type IncomingMessage, type StompitError } from '@stompbox/client/stompit';
import { Client, Peer, scene, settle, stage } from './support/stage.js';

const failureOf = async (client: Client) => (await once(client, 'error'))[0] as StompitError;

describe('connecting', () => {
  test('ends with an error when a broker takes the socket and then says nothing', async () => {
    const { peers, clock, options } = stage();
    const open: NonNullable<typeof options.connect> = (given, isReady) => {
      const stream = options.connect?.(given, isReady);
      peers[0]?.ignored.add('CONNECT');
      return stream ?? assert.fail();
    };
    const failed = new Promise<StompitError | null>((resolve) => {
      connect({ ...options, connect: open, timeout: 3000 }, resolve);
    });
    await settle();
    await clock.advance(3000);
    const error = await failed;
    assert.equal(error?.code, 'STOMP_NET_TIMEOUT_CONNECT');
    assert.equal(error?.isTransportError(), true);
  });

  test('ends with an error when the stream never connects', async () => {
    const { clock, options } = stage(false);
    const failed = new Promise<StompitError | null>((resolve) => connect(options, resolve));
    await settle();
    await clock.advance(10_000);
    assert.equal((await failed)?.code, 'STOMP_NET_TIMEOUT_CONNECT');
  });

  test('says in the error what was tried, but a log does not print the passcode', async () => {
    const { clock, options } = stage(false);
    const connectHeaders = { login: 'me', passcode: 'hidden' };
    const failed = new Promise<StompitError | null>((resolve) => {
      connect({ ...options, connectHeaders }, resolve);
    });
    await settle();
    await clock.advance(10_000);
    const error = await failed;
    assert.deepEqual(error?.connectArgs, { ...options, connectHeaders });
    assert.ok(!inspect(error, { depth: 9 }).includes('hidden'));
  });

  test('sends the headers that were given, and leaves out what is empty', async () => {
    const { client, peer } = await scene({
      host: '/',
      login: 'me',
      passcode: '',
      'client-id': 'c1',
      'accept-version': '1.1,1.2',
      'heart-beat': '4000, 5000',
      'x-mine': 7,
    });
    const headers = peer.last('CONNECT')?.headers.toObject();
    assert.deepEqual(
      { ...headers },
      {
        'accept-version': '1.1,1.2',
        host: '/',
        login: 'me',
        'heart-beat': '4000,5000',
        'client-id': 'c1',
        'x-mine': '7',
      },
    );
    assert.deepEqual(client.getHeartbeat(), [4000, 5000]);
    client.destroy();
  });

  for (const [name, value] of [
    ['heart-beat', 'often'],
    ['accept-version', '1.2,9.9'],
  ] as const) {
    test(`passes an error for a ${name} that is none`, async () => {
      const { options } = stage();
      const error = await new Promise<StompitError | null>((resolve) => {
        connect({ ...options, connectHeaders: { [name]: value } }, resolve);
      });
      assert.equal(error?.code, 'STOMP_OPT_INVALID');
      assert.match(error?.message ?? '', new RegExp(name));
    });
  }

  test('works over any stream with the constructor', async () => {
    const [ours, theirs] = duplexPair();
    const peer = new Peer(theirs);
    const client = new Client(ours);
    const connected = new Promise((resolve) => client.connect('/', resolve));
    assert.equal(await connected, null);
    assert.equal(peer.last('CONNECT')?.headers.get('host'), '/');
    assert.equal(client.getTransportSocket(), ours);
    assert.throws(() => client.connect('/'), { code: 'STOMP_OPT_INVALID' });
    client.destroy();
  });

  test('takes a heart-beat that is half late for one that comes', async () => {
    const { peers, clock, options } = stage();
    const client = connect({ ...options, connectHeaders: { 'heart-beat': '0,1000' } });
    peers[0]?.ignored.add('CONNECT');
    await settle();
    peers[0]?.write('CONNECTED', { version: '1.2', 'heart-beat': '1000,0' });
    await once(client, 'connect');
    await settle();
    await clock.advance(1500);
    peers[0]?.stream.write('\n');
    await settle();
    const failed = failureOf(client);
    await clock.advance(2500);
    assert.equal((await failed).code, 'STOMP_NET_HEART_BEAT');
  });

  for (const args of [[70_000], [true], [{ ssl: 'yes' }], ['61613', 'host', 'no function']]) {
    test(`throws for ${JSON.stringify(args)}`, () => {
      const call = connect as (...all: readonly unknown[]) => Client;
      assert.throws(() => call(...args), { code: 'STOMP_OPT_INVALID' });
    });
  }
});

describe('headers', () => {
  test('of the caller are not changed', async () => {
    const { client, peer } = await scene();
    const headers = Object.freeze({ destination: '/q' });
    client.send(headers, { onReceipt: () => {} }).end('x');
    client.begin(headers).send(headers).end('y');
    client.subscribe(headers, () => {});
    await settle();
    assert.deepEqual(headers, { destination: '/q' });
    const [first, second] = peer.frames.filter(({ command }) => command === 'SEND');
    assert.equal(first?.headers.get('transaction'), undefined);
    assert.equal(second?.headers.get('transaction'), '1');
    assert.equal(second?.headers.get('receipt'), undefined);
    client.destroy();
  });

  test('that are null or undefined are left out', async () => {
    const { client, peer } = await scene();
    client.send({ destination: '/q', a: null, b: undefined, c: 0, d: false }).end();
    await settle();
    const { destination, ...others } = peer.last('SEND')?.headers.toObject() ?? {};
    assert.deepEqual(
      { destination, others },
      { destination: '/q', others: { c: '0', d: 'false' } },
    );
    client.destroy();
  });

  test('keep characters that arrive in two chunks, and lines that are long', async () => {
    const { client, peer } = await scene();
    const received = new Promise<IncomingMessage>((resolve) => {
      client.subscribe({ destination: '/q', id: 's' }, (_error, message) => resolve(message));
    });
    await settle();
    const long = 'x'.repeat(5000);
    const text = `MESSAGE\nsubscription:s\nmessage-id:1\nname:gr\u00fc\u00dfe\nlong:${long}\n\nhi\0`;
    const bytes = Buffer.from(text);
    const split = bytes.indexOf(0xc3) + 1;
    peer.stream.write(bytes.subarray(0, split));
    await settle();
    peer.stream.write(bytes.subarray(split));
    const { headers } = await received;
    assert.equal(headers['name'], 'grüße');
    assert.equal(headers['long'], long);
    client.destroy();
  });
});

describe('errors', () => {
  test('that nobody listens for are warnings, and do not end the process', async () => {
    const { peer } = await scene();
    const warned = once(process, 'warning');
    peer.hangUp();
    const [warning] = await warned;
    assert.match(warning.message, /peer:1 was lost/);
  });

  test('are warnings too when the only subscription has ended', async () => {
    const { client, peer } = await scene();
    client.subscribe('/q', () => assert.fail('it has ended')).unsubscribe();
    await settle();
    const warned = once(process, 'warning');
    peer.hangUp();
    assert.match((await warned)[0].message, /was lost/);
  });

  test('of the broker carry its text', async () => {
    const { client, peer } = await scene();
    const failed = failureOf(client);
    peer.write('ERROR', { message: 'not allowed' }, 'because of this');
    const error = await failed;
    assert.equal(error.message, 'not allowed');
    assert.equal(error.longMessage, 'because of this');
    assert.equal(error.isApplicationError(), true);
  });

  test('reach those who wait for a receipt', async () => {
    const { client, peer } = await scene();
    peer.ignored.add('SEND');
    client.on('error', () => {});
    const failed = new Promise<Error>((onError) => client.send('/q', { onError }).end('x'));
    await settle();
    peer.hangUp();
    assert.match((await failed).message, /was lost/);
  });

  test('are told to disconnect, also when it is too late', async () => {
    const { client, peer } = await scene();
    peer.ignored.add('DISCONNECT');
    const told = new Promise<StompitError | null>((resolve) => client.disconnect(resolve));
    await settle();
    peer.hangUp();
    const error = await told;
    assert.match(error?.message ?? '', /without a receipt for DISCONNECT/);
    assert.equal(error?.isProtocolError(), true);
    assert.equal(await new Promise((resolve) => client.disconnect(resolve)), error);
  });

  test('for frames after the goodbye do not go unheard', async () => {
    const { client, peer } = await scene();
    peer.ignored.add('DISCONNECT');
    client.disconnect();
    const failed = failureOf(client);
    client.send('/q').end('too late');
    assert.match((await failed).message, /has disconnected/);
    assert.equal(peer.last('SEND'), undefined);
  });

  test('tell of a message that belongs to no subscription', async () => {
    const { client, peer } = await scene();
    const failed = failureOf(client);
    peer.message('nobody', '1');
    assert.equal((await failed).isProtocolError(), true);
  });

  test('tell which command sendFrame cannot send', async () => {
    const { client } = await scene();
    const failed = failureOf(client);
    client.sendFrame('SUBSCRIBE', { destination: '/q' }).end();
    assert.equal((await failed).code, 'STOMP_OPT_INVALID');
  });

  test('that a callback throws are not swallowed', async () => {
    const { options } = stage();
    const thrown = new Error('a mistake in the program');
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const caught = once(process, 'uncaughtException');
      const client = connect(options, () => {
        throw thrown;
      });
      assert.equal((await caught)[0], thrown);
      client.destroy();
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });
});

describe('bodies', () => {
  test('with NUL get a content-length, and others none', async () => {
    const { client, peer } = await scene();
    client.send('/q').end('a\0b');
    await settle();
    assert.equal(peer.last('SEND')?.headers.get('content-length'), '3');
    client.send('/q').end('ab');
    await settle();
    assert.equal(peer.last('SEND')?.headers.get('content-length'), undefined);
    client.destroy();
  });

  test('that are longer or shorter than their content-length are not sent', async () => {
    const { client, peer } = await scene();
    const failed = failureOf(client);
    client.send({ destination: '/q', 'content-length': 5 }).end('four');
    assert.equal((await failed).code, 'STOMP_OPT_BODY');
    assert.equal(peer.last('SEND'), undefined);
  });

  test('that are given up are not sent, and others go on', async () => {
    const { client, peer } = await scene();
    const frame = client.send('/q');
    frame.write('half');
    client.send('/q').end('whole');
    await settle();
    assert.equal(peer.last('SEND'), undefined, 'the second waits for the first');
    frame.destroy();
    await settle();
    assert.deepEqual(peer.last('SEND')?.body, Buffer.from('whole'));
    client.destroy();
  });

  test('that nobody reads hold up their own subscription only', async () => {
    const { client, peer } = await scene();
    const unread: IncomingMessage[] = [];
    const read: string[] = [];
    client.subscribe({ destination: '/q', id: 'a' }, (_error, message) => unread.push(message));
    client.subscribe({ destination: '/q', id: 'b' }, (_error, message) => {
      message.readString('utf8', (_problem, text) => read.push(text ?? ''));
    });
    await settle();
    for (const n of ['1', '2', '3']) {
      peer.message('a', `a${n}`);
      peer.message('b', `b${n}`, n);
    }
    await settle();
    assert.deepEqual(read, ['1', '2', '3']);
    assert.deepEqual(
      unread.map(({ headers }) => headers['message-id']),
      ['a1'],
    );
    unread[0]?.destroy();
    await settle();
    assert.deepEqual(
      unread.map(({ headers }) => headers['message-id']),
      ['a1', 'a2'],
    );
    client.destroy();
  });

  test('that must be empty end the client when they are not', async () => {
    const { client, peer } = await scene();
    const outcomes: string[] = [];
    client.subscribe({ destination: '/q', id: 'a' }, (error, message) => {
      if (error) outcomes.push('failed');
      else client.readEmptyBody(message, () => outcomes.push('empty'));
    });
    await settle();
    peer.message('a', '1', '');
    await settle();
    peer.message('a', '2', 'full');
    await settle();
    assert.deepEqual(outcomes, ['empty', 'failed']);
  });
});

describe('messages', () => {
  test('are handed over before the end, if the broker holds them for settled', async () => {
    const { client, peer } = await scene();
    const told: string[] = [];
    client.on('end', () => told.push('end'));
    client.subscribe({ destination: '/q', id: 'a' }, (_error, message) => {
      told.push(message.headers['message-id'] ?? '');
    });
    await settle();
    for (const id of ['1', '2', '3']) peer.message('a', id);
    await settle();
    assert.deepEqual(told, ['1'], 'its body is not read');
    await new Promise((resolve) => client.disconnect(resolve));
    assert.deepEqual(told, ['1', '2', '3', 'end']);
  });

  test('of an implicit subscription arrive, and can be acknowledged', async () => {
    const { client, peer } = await scene();
    const received = new Promise<IncomingMessage>((resolve) => {
      client.setImplicitSubscription('/temp-queue/x', 'client', (_error, message) => {
        resolve(message);
      });
    });
    peer.message('/temp-queue/x', '1');
    client.ack(await received);
    await settle();
    assert.equal(peer.last('ACK')?.headers.get('id'), 'ack-1');
    assert.throws(() => client.setImplicitSubscription('/temp-queue/x', 'auto', () => {}), {
      code: 'STOMP_OPT_INVALID',
    });
    client.destroy();
  });

  test('are acknowledged in a transaction, and by what was kept of their headers', async () => {
    const { client, peer } = await scene();
    const headers = { subscription: 'a', 'message-id': '1', ack: 'kept' };
    client.ack({ headers }, { transaction: 'tx' });
    client.nack({ headers });
    await settle();
    const ack = peer.last('ACK')?.headers.toObject();
    assert.deepEqual(
      { ...ack },
      { transaction: 'tx', subscription: 'a', 'message-id': '1', id: 'kept' },
    );
    assert.equal(peer.last('NACK')?.headers.get('id'), 'kept');
    client.destroy();
  });

  test('of another client are not acknowledged', async () => {
    const [one, other] = [await scene(), await scene()];
    const received = new Promise<IncomingMessage>((resolve) => {
      one.client.subscribe({ destination: '/q', id: 'a', ack: 'client' }, (_error, message) =>
        resolve(message),
      );
    });
    await settle();
    one.peer.message('a', '1');
    const message = await received;
    const told = await new Promise<Error | null | undefined>((resolve) => {
      other.client.ack(message, {}, {}, resolve);
    });
    assert.equal((told as StompitError).code, 'STOMP_NET_STALE_MESSAGE');
    assert.equal(other.peer.last('ACK'), undefined);
    one.client.destroy();
    other.client.destroy();
  });

  test('can acknowledge themselves, as old programs do', async () => {
    const { client, peer } = await scene();
    client.subscribe({ destination: '/q', id: 'a', ack: 'client' }, (_error, message) => {
      if (message.headers['message-id'] === '1') message.ack();
      else message.nack();
      message.resume();
    });
    await settle();
    peer.message('a', '1');
    peer.message('a', '2');
    await settle();
    assert.equal(peer.last('ACK')?.headers.get('id'), 'ack-1');
    assert.equal(peer.last('NACK')?.headers.get('id'), 'ack-2');
    client.destroy();
  });
});
