/** What channels and pools do when connections come and go. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import {
  Channel,
  type ChannelOptions,
  ChannelPool,
  type ChannelPoolOptions,
  Client,
  ConnectFailover,
  type ConnectFailoverOptions,
  type ConnectFunction,
  connect,
  type IncomingMessage,
  type StompitError,
  type StompitHeaders,
} from '@stompbox/client/stompit';
import { type Peer, type Stage, settle, stage } from './support/stage.js';

interface Scene extends Stage {
  readonly channel: Channel;
  readonly failover: ConnectFailover;
  /** The peer of the connection that is in use. */
  now(): Peer;
}

function scene(options: ChannelOptions = {}, failing: ConnectFailoverOptions = {}): Scene {
  const all = stage();
  const failover = new ConnectFailover([all.options], { clock: all.clock, ...failing });
  const channel = new Channel(failover, options);
  return { ...all, channel, failover, now: () => all.peers.at(-1) ?? assert.fail('no connection') };
}

/** The connection breaks, and the next one is made. */
async function lose({ now, clock }: Scene): Promise<void> {
  now().hangUp();
  await settle();
  await clock.advance(10);
  await settle();
}

const headers = { destination: '/q' };

/** A file that is not there. */
function broken(): Readable {
  return new Readable({
    read() {
      this.destroy(new Error('no such file'));
    },
  });
}

describe('a channel', () => {
  test('sends again what was not confirmed, and only that', async () => {
    const all = scene({ alwaysConnected: true });
    const told: string[] = [];
    await settle();
    all.channel.send(headers, 'confirmed', () => told.push('confirmed'));
    await settle();
    all.now().ignored.add('SEND');
    all.channel.send(
      headers,
      () => Readable.from(['un', 'confirmed']),
      () => told.push('again'),
    );
    await settle();
    await lose(all);
    assert.deepEqual(
      all.peers.map((peer) => peer.commands.filter((one) => one === 'SEND').length),
      [2, 1],
    );
    assert.equal(String(all.now().last('SEND')?.body), 'unconfirmed');
    assert.deepEqual(told, ['confirmed', 'again']);
    all.channel.close();
  });

  test('subscribes again on each connection, and hands over what comes', async () => {
    const all = scene();
    const bodies: string[] = [];
    all.channel.subscribe({ ...headers, id: 's' }, (_error, message) => {
      message.readString('utf8', (_problem, text) => bodies.push(text ?? ''));
    });
    await settle();
    for (const body of ['one', 'two', 'three']) {
      all.now().message('s', body, body);
      await settle();
      await lose(all);
    }
    assert.deepEqual(bodies, ['one', 'two', 'three']);
    assert.equal(all.peers.length, 4);
    all.channel.close();
  });

  test('does not acknowledge on another connection', async () => {
    const all = scene();
    const received = new Promise<IncomingMessage>((resolve) => {
      all.channel.subscribe({ ...headers, id: 's', ack: 'client' }, (_error, message) =>
        resolve(message),
      );
    });
    await settle();
    all.now().message('s', '1');
    const message = await received;
    all.now().hangUp();
    await settle();
    const outcome = () =>
      new Promise<Error | null | undefined>((resolve) => {
        all.channel.ack(message, {}, {}, resolve);
      });
    assert.equal(((await outcome()) as StompitError).code, 'STOMP_NET_STALE_MESSAGE');
    await all.clock.advance(10);
    await settle();
    assert.equal(((await outcome()) as StompitError).code, 'STOMP_NET_STALE_MESSAGE');
    const nacked = new Promise<Error | null | undefined>((resolve) => {
      all.channel.nack(message, {}, {}, resolve);
    });
    assert.ok(await nacked);
    assert.ok(all.peers.every((peer) => peer.last('ACK') === undefined));
    all.channel.close();
  });

  test('tells everybody what the broker refused, and can be used again', async () => {
    const all = scene();
    const told: string[] = [];
    all.channel.subscribe(headers, (error) => told.push(`subscription: ${error?.message}`));
    await settle();
    all.now().ignored.add('SEND');
    all.channel.send(headers, 'x', (error) => told.push(`send: ${error?.message}`));
    const transaction = all.channel.begin();
    transaction.send(headers, 'y');
    await settle();
    all.now().write('ERROR', { message: 'no more' });
    await settle();
    assert.deepEqual(told, ['subscription: no more', 'send: no more']);
    assert.equal(all.channel.isEmpty(), true);
    const failed = new Promise<Error | null | undefined>((resolve) => transaction.commit(resolve));
    assert.equal((await failed)?.message, 'no more');
    assert.equal(await new Promise((resolve) => all.channel.send(headers, 'z', resolve)), null);
  });

  test('tells its subscriptions when no server is left', async () => {
    let calls = 0;
    const connectFunction: ConnectFunction = (options, callback) => {
      if (calls++ === 0) return connect(options, callback);
      const client = new Client(new PassThrough());
      process.nextTick(callback, client.createTransportError('down'), client);
      return client;
    };
    const all = scene({}, { maxReconnects: 1, connectFunction });
    const told: (string | undefined)[] = [];
    all.channel.subscribe(headers, (error) => told.push(error?.message));
    await settle();
    await lose(all);
    assert.deepEqual(told, ['down']);
  });

  test('goes on after a refusal if it is told to', async () => {
    const all = scene({ recoverAfterApplicationError: true });
    all.channel.subscribe(headers, (error) => assert.equal(error, null));
    await settle();
    all.now().write('ERROR', { message: 'never mind' });
    await settle();
    await all.clock.advance(10);
    await settle();
    assert.deepEqual(all.now().commands, ['CONNECT', 'SUBSCRIBE']);
    all.channel.close();
  });

  test('does a transaction again as a whole when its connection is lost', async () => {
    const all = scene();
    const transaction = all.channel.begin();
    transaction.send(headers, 'a').send(headers, 'b');
    await settle();
    all.now().ignored.add('COMMIT');
    const committed = new Promise((resolve) => transaction.commit(resolve));
    await settle();
    await lose(all);
    assert.equal(await committed, null);
    assert.deepEqual(all.now().commands.slice(0, 5), [
      'CONNECT',
      'BEGIN',
      'SEND',
      'SEND',
      'COMMIT',
    ]);
  });

  const unsendable: readonly [what: string, own: StompitHeaders, body: () => Readable | string][] =
    [
      ['whose body cannot be read', {}, () => broken()],
      ['with a wrong content-length', { 'content-length': 3 }, () => 'hello'],
      ['with a header that cannot travel', { 'a\0b': 'x' }, () => 'hello'],
    ];
  for (const [what, own, body] of unsendable) {
    test(`tells the sender of a message ${what}, once, and does the rest`, async () => {
      const all = scene({ alwaysConnected: true });
      await settle();
      const told: unknown[] = [];
      all.channel.send({ ...headers, ...own }, body, (error) => told.push(error instanceof Error));
      all.channel.send(headers, 'good', (error) => told.push(error));
      await settle();
      await all.clock.advance(10);
      await settle();
      assert.deepEqual(told, [true, null]);
      assert.equal(all.channel.isEmpty(), true);
      assert.ok(all.peers.length <= 2, `${all.peers.length} connections`);
      all.channel.close();
    });
  }

  test('commits no part of a transaction of which a message cannot be sent', async () => {
    const all = scene({ alwaysConnected: true });
    await settle();
    const transaction = all.channel.begin();
    transaction.send(headers, 'good').send(headers, broken);
    const told: unknown[] = [];
    transaction.commit((error) => told.push(error?.message));
    transaction.send(headers, 'too late');
    await settle();
    await all.clock.advance(10);
    await settle();
    assert.deepEqual(told, ['no such file']);
    assert.ok(all.peers.every((peer) => peer.last('COMMIT') === undefined));
    assert.equal(all.now().last('BEGIN'), undefined, 'it is not begun again');
    assert.equal(all.channel.isEmpty(), true);
    transaction.send(headers, 'after the end');
    assert.equal(all.channel.isEmpty(), true, 'nothing is kept for a transaction that failed');
    all.channel.close();
  });

  for (const [what, own] of [
    ['without a destination', { destination: '' }],
    ['with a header that cannot travel', { ...headers, 'a\0b': 'x' }],
  ] as const) {
    test(`tells a subscription ${what}, and does not try again`, async () => {
      const all = scene();
      const told: string[] = [];
      all.channel.subscribe(own, (error) => told.push(String(error?.message)));
      await settle();
      await all.clock.advance(10);
      await settle();
      assert.equal(all.peers.length, 1);
      assert.equal(told.length, 1);
      all.channel.close();
    });
  }

  test('connects again after a broken frame of the broker', async () => {
    const all = scene({ alwaysConnected: true });
    await settle();
    all.channel.subscribe(headers, () => assert.fail('it has neither a message nor an end'));
    await settle();
    all.now().stream.write('BROKEN\nno colon\n\n\0');
    await settle();
    await all.clock.advance(10);
    await settle();
    assert.equal(all.peers.length, 2);
    all.channel.close();
  });

  test('has nothing to do again after an abort', async () => {
    const all = scene();
    const transaction = all.channel.begin({ transaction: 'mine' });
    transaction.send(headers, 'a');
    await settle();
    assert.equal(all.channel.isEmpty(), false);
    const idle = once(all.channel, 'idle');
    transaction.abort();
    await idle;
    await settle();
    assert.equal(all.now().last('ABORT')?.headers.get('transaction'), 'mine');
    assert.equal(all.now().commands.at(-1), 'DISCONNECT');
  });

  test('tells senders when it is closed, and leaves subscriptions alone', async () => {
    const all = scene();
    const told: string[] = [];
    all.channel.subscribe(headers, () => told.push('subscription'));
    all.channel.send(headers, 'x', (error) => told.push(error?.message ?? ''));
    all.channel.close();
    all.channel.close();
    assert.deepEqual(told, ['The channel is closed: open another one']);
    const late = all.channel.begin();
    const failed = new Promise<Error | null | undefined>((resolve) => late.commit(resolve));
    assert.match((await failed)?.message ?? '', /closed/);
  });

  test('says goodbye when it has nothing to do, unless it is locked', async () => {
    const all = scene();
    all.channel.lock();
    all.channel.send(headers, 'x');
    await settle();
    assert.equal(all.now().last('DISCONNECT'), undefined);
    all.channel.unlock();
    await settle();
    assert.ok(all.now().last('DISCONNECT'));
    all.channel.send(headers, 'y');
    await settle();
    assert.equal(all.peers.length, 2, 'it connects again');
  });

  test('tells when its goodbye fails', async () => {
    const all = scene();
    const failed = once(all.channel, 'error');
    const subscription = all.channel.subscribe(headers, () => {});
    await settle();
    all.now().ignored.add('DISCONNECT');
    subscription.unsubscribe();
    await settle();
    all.now().hangUp();
    assert.match((await failed)[0].message, /without a receipt/);
  });

  test('stops connecting for a subscription that is cancelled meanwhile', async () => {
    const all = scene();
    const subscription = all.channel.subscribe(headers, () => assert.fail('it is cancelled'));
    subscription.cancel();
    subscription.cancel();
    await settle();
    assert.ok(all.peers.every((peer) => peer.last('SUBSCRIBE') === undefined));
    assert.equal(all.channel.isEmpty(), true);
  });
});

describe('a pool of channels', () => {
  function pool(options: ChannelPoolOptions): Scene & { readonly pool: ChannelPool } {
    const all = scene();
    return { ...all, pool: new ChannelPool(all.failover, { clock: all.clock, ...options }) };
  }

  const ask = (from: ChannelPool) =>
    new Promise<Channel>((resolve, reject) => {
      from.channel((error, channel) => (error ? reject(error) : resolve(channel)));
    });

  test('keeps channels, and gives back those that are idle', async () => {
    const all = pool({ minChannels: 1, maxChannels: 1 });
    const first = await ask(all.pool);
    await new Promise((resolve) => first.send(headers, 'x', resolve));
    await settle();
    assert.equal(await ask(all.pool), first);
    all.pool.close();
  });

  test('lets wait for a time, if it has no more', async () => {
    const all = pool({ maxChannels: 1, requestChannelTimeout: 50 });
    const first = await ask(all.pool);
    const inTime = ask(all.pool);
    const tooLate = ask(all.pool);
    first.send(headers, 'x');
    await settle();
    assert.equal(await inTime, first);
    await Promise.all([all.clock.advance(50), assert.rejects(tooLate, /All channels are in use/)]);
    all.pool.close();
  });

  test('closes channels that are too many, after a time', async () => {
    const all = pool({ minChannels: 1, minFreeChannels: 0, freeExcessTimeout: 100 });
    const channels = [await ask(all.pool), await ask(all.pool)];
    for (const channel of channels) channel.send(headers, 'x');
    await settle();
    assert.equal(all.peers.filter((peer) => peer.last('DISCONNECT')).length, 0);
    await all.clock.advance(100);
    await settle();
    assert.equal(all.peers.filter((peer) => peer.last('DISCONNECT')).length, 1);
    all.pool.close();
  });

  test('tells those who wait when it is closed', async () => {
    const all = pool({ maxChannels: 1, requestChannelTimeout: 50 });
    await ask(all.pool);
    const waiting = ask(all.pool);
    all.pool.close();
    await assert.rejects(waiting, /pool is closed/);
    await assert.rejects(ask(all.pool), /pool is closed/);
    assert.equal(all.clock.timerCount, 0);
  });
});
