/**
 * Programs that use failover and channels of stompit, run with the real library and with the
 * adapter: they come to the same.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import type { Channel, ConnectFailover } from '@stompbox/client/stompit';
import { type Program, runBoth } from './libraries.js';
import { bodyOf, channelOf, connected, disconnected, received, sent } from './programs.js';

/** So that none goes on to look for the broker of a program that is over. */
const ONCE = { maxReconnects: 1 };

function same(name: string, expected: unknown, program: Program): void {
  test(name, async () => {
    const outcome = await runBoth(program);
    assert.deepEqual(outcome.original, expected, 'stompit itself');
    assert.deepEqual(outcome.adapter, expected);
  });
}

function delivered(channel: Channel, body: string, destination = '/queue/a'): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.send({ destination }, body, (error) => (error ? reject(error) : resolve()));
  });
}

describe('failover of stompit and ours', () => {
  const story = ['connecting dead', 'error ECONNREFUSED 1', 'connecting live', 'connect live'];
  same('goes on to the next server', [...story, 'no error'], ({ stompit, options }) => {
    const dead = { host: '127.0.0.1', port: 1 };
    const failover = new stompit.ConnectFailover([dead, options]);
    const name = (port: number | undefined) => (port === 1 ? 'dead' : 'live');
    const told: string[] = [];
    failover.on('connecting', ({ serverProperties: { remoteAddress } }) =>
      told.push(`connecting ${name(remoteAddress.port)}`),
    );
    failover.on('error', (error, server) =>
      told.push(`error ${error.code} ${server.serverProperties.connectOptions.port}`),
    );
    failover.on('connect', ({ serverProperties: { connectOptions } }) =>
      told.push(`connect ${name(connectOptions.port)}`),
    );
    return new Promise((resolve) => {
      failover.connect((error, client) => {
        told.push(error === null ? 'no error' : error.message);
        client.disconnect(() => resolve(told));
      });
    });
  });

  same('gives up when it is told to', 2, ({ stompit }) => {
    const uri = 'failover:(tcp://127.0.0.1:1)?maxReconnects=2&initialReconnectDelay=1';
    const failover = new stompit.ConnectFailover(uri);
    let failures = 0;
    failover.on('error', () => failures++);
    return new Promise((resolve) => {
      failover.connect((error) => resolve(error instanceof Error ? failures : 'no error'));
    });
  });

  same('gives another client when one is lost', [true, 'again'], async (stage) => {
    const failover = new stage.stompit.ConnectFailover([stage.options], ONCE);
    let first: unknown;
    return new Promise((resolve) => {
      failover.connect((_error, client, reconnect) => {
        client.on('error', () => reconnect());
        if (first === undefined) {
          first = client;
          stage.cut();
          return;
        }
        const isNew = client !== first;
        client.disconnect(() => resolve([isNew, 'again']));
      });
    });
  });

  const delays = [0, 10, 30, 70, 30_000];
  same('waits as long', delays, async ({ stompit, options }) => {
    const failover: ConnectFailover = new stompit.ConnectFailover([options], ONCE);
    return [0, 1, 2, 3, 20].map((failures) => failover.getReconnectDelay(failures));
  });

  same('says where a server is', ['tcp', 'h:1', 'stomp+tcp://me@h:1/v'], ({ stompit }) => {
    const server = { host: 'h', port: 1, connectHeaders: { host: 'v', login: 'me' } };
    const refuse = (_options: unknown, callback: (error: Error) => void) => {
      process.nextTick(callback, new Error('not here'));
      return { getTransportSocket: () => ({ destroy: () => {} }), destroy: () => {} };
    };
    const options = { connectFunction: refuse as never };
    const failover = new stompit.ConnectFailover([server], options);
    return new Promise((resolve) => {
      failover.on('connecting', ({ serverProperties: { remoteAddress } }) => {
        const { transport, transportPath, pseudoUri } = remoteAddress;
        attempt.then(({ abort }) => abort());
        resolve([transport, transportPath, pseudoUri]);
      });
      const attempt = Promise.resolve().then(() => failover.connect(() => {}));
    });
  });
});

describe('channels of stompit and ours', () => {
  same('send, and confirm', ['a text', 'bytes', 'a stream'], async ({ stompit, options }) => {
    const channel = new stompit.Channel(new stompit.ConnectFailover([options], ONCE));
    await delivered(channel, 'a text');
    await new Promise((resolve) => {
      channel.send({ destination: '/queue/a' }, Buffer.from('bytes'), resolve);
    });
    await new Promise((resolve) => {
      channel.send({ destination: '/queue/a' }, () => Readable.from(['a ', 'stream']), resolve);
    });
    channel.close();
    const client = await connected(stompit, options);
    const bodies = await received(client, '/queue/a', 3);
    await disconnected(client);
    return bodies;
  });

  same('become idle when all is done', ['sent', 'idle', true], async ({ stompit, options }) => {
    const channel = new stompit.Channel(new stompit.ConnectFailover([options], ONCE));
    const told: unknown[] = [];
    await new Promise<void>((resolve) => {
      channel.on('idle', () => {
        told.push('idle');
        resolve();
      });
      channel.send({ destination: '/queue/a' }, 'x', () => told.push('sent'));
    });
    return [...told, channel.isEmpty()];
  });

  same('subscribe again after a loss', ['before', 'after'], async ({ stompit, ...stage }) => {
    const channel = new stompit.Channel(new stompit.ConnectFailover([stage.options], ONCE));
    const bodies: string[] = [];
    const outcome = new Promise((resolve) => {
      const headers = { destination: '/queue/a', ack: 'client-individual' };
      channel.subscribe(headers, async (_error, message, subscription) => {
        bodies.push(await bodyOf(message));
        const onReceipt = () => {
          if (bodies.length === 1) {
            stage.cut();
            sender().catch(resolve);
          } else {
            subscription.unsubscribe();
            resolve(bodies);
          }
        };
        channel.ack(message, {}, { onReceipt });
      });
    });
    const sender = async () => {
      const client = await connected(stompit, stage.options);
      await sent(client, '/queue/a', bodies.length === 0 ? 'before' : 'after');
      await disconnected(client);
    };
    await sender();
    return outcome;
  });

  same('send when a connection is there', ['kept'], async ({ stompit, options }) => {
    let failures = 0;
    const connectFunction = (given: object, callback: never) =>
      stompit.connect(failures++ === 0 ? { ...given, port: 1 } : given, callback);
    const failover = new stompit.ConnectFailover([options], {
      maxReconnects: 2,
      connectFunction,
    } as never);
    const channel = new stompit.Channel(failover);
    await delivered(channel, 'kept');
    channel.close();
    const client = await connected(stompit, options);
    const bodies = await received(client, '/queue/a', 1);
    await disconnected(client);
    return bodies;
  });

  same('commit transactions', ['one', 'two', 'three'], async ({ stompit, options }) => {
    const channel = new stompit.Channel(new stompit.ConnectFailover([options], ONCE));
    const transaction = channel.begin();
    transaction.send({ destination: '/queue/a' }, 'one');
    transaction.send({ destination: '/queue/a' }, 'two');
    await new Promise((resolve) => transaction.commit(resolve));
    await delivered(channel, 'three');
    channel.close();
    const client = await connected(stompit, options);
    const bodies = await received(client, '/queue/a', 3);
    await disconnected(client);
    return bodies;
  });

  same('refuse work once they are closed', 'Error', async ({ stompit, options }) => {
    const channel = new stompit.Channel(new stompit.ConnectFailover([options], ONCE));
    channel.close();
    return new Promise((resolve) => {
      channel.send({ destination: '/queue/a' }, 'x', (error) => resolve(error?.constructor.name));
    });
  });

  same('come one for each who asks', [true, 'ok', 'ok'], async ({ stompit, options }) => {
    const factory = new stompit.ChannelFactory(new stompit.ConnectFailover([options], ONCE));
    const [one, two] = await Promise.all([channelOf(factory), channelOf(factory)]);
    await Promise.all([delivered(one, '1'), delivered(two, '2')]);
    factory.close();
    return [one !== two, 'ok', 'ok'];
  });

  same('are refused by a pool that has no more', [null, 'Error'], async ({ stompit, options }) => {
    const failover = new stompit.ConnectFailover([options], ONCE);
    const pool = new stompit.ChannelPool(failover, { maxChannels: 1 });
    const ask = () =>
      new Promise((resolve) => {
        pool.channel((error) => resolve(error === null ? null : error.constructor.name));
      });
    const outcome = [await ask(), await ask()];
    pool.close();
    return outcome;
  });
});
