/**
 * Programs that use a client of stompit, run with the real library and with the adapter: they come
 * to the same.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import type { BrokerOptions } from '@stompbox/broker';
import { type Program, runBoth } from './libraries.js';
import { bodyOf, connected, disconnected, kindOf, received, sent } from './programs.js';

function same(name: string, expected: unknown, program: Program, options?: BrokerOptions): void {
  test(name, async () => {
    const outcome = await runBoth(program, options);
    assert.deepEqual(outcome.original, expected, 'stompit itself');
    assert.deepEqual(outcome.adapter, expected);
  });
}

describe('a client of stompit and one of ours', () => {
  const events = ['socket-connect', 'connect', 'connected', 'finish', 'end', 'disconnected'];
  same('tell of the same events in the same order', events, async ({ stompit, options }) => {
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const client = stompit.connect(options, () => {
        told.push('connected');
        client.disconnect(() => {
          told.push('disconnected');
          resolve();
        });
      });
      for (const event of ['socket-connect', 'connect', 'finish', 'end'] as const) {
        client.prependListener(event, () => told.push(event));
      }
    });
    return told;
  });

  const kinds = ['1.2', true, 'string', 'object'];
  same('know what the broker said when it connected', kinds, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const { headers } = client;
    const isOurs = headers?.['server']?.toString().startsWith('stompbox/');
    await disconnected(client);
    return [headers?.['version'], isOurs, typeof headers?.['session'], typeof client.getOptions()];
  });

  const text = ['grüße', 'text/plain', undefined, 'MESSAGE', '1'];
  same('carry text', text, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const frame = client.send({ destination: '/queue/a', 'content-type': 'text/plain' });
    frame.write('grü');
    frame.end('ße');
    const outcome = await new Promise((resolve) => {
      client.subscribe('/queue/a', async (_error, message) => {
        const body = await bodyOf(message);
        const { 'content-type': type, 'content-length': length, subscription } = message.headers;
        resolve([body, type, length, message.command, subscription]);
      });
    });
    await disconnected(client);
    return outcome;
  });

  const bytes = [[0, 1, 10, 0, 255], 5];
  same('carry bytes with their length', bytes, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    client
      .send({ destination: '/queue/a', 'content-length': 5 })
      .end(Buffer.from([0, 1, 10, 0, 255]));
    const outcome = await new Promise((resolve) => {
      client.subscribe('/queue/a', (_error, message) => {
        const chunks: Buffer[] = [];
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('end', () =>
          resolve([[...Buffer.concat(chunks)], message.headers['content-length']]),
        );
      });
    });
    await disconnected(client);
    return outcome;
  });

  const steps = ['written', 'receipt', 'gone'];
  same('write, then confirm, then end', steps, async ({ stompit, options }) => {
    const told: string[] = [];
    const client = await connected(stompit, options);
    const onReceipt = () => told.push('receipt');
    client.sendString({ destination: '/queue/a' }, 'x', { onReceipt }, () => told.push('written'));
    await disconnected(client);
    return [...told, 'gone'];
  });

  const order = ['first', 'second', 'third'];
  same('send frames in the order they were asked for', order, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const first = client.send('/queue/a');
    const second = client.send('/queue/a');
    client.sendString('/queue/a', 'third');
    second.end('second');
    Readable.from(['fir', 'st']).pipe(first);
    await disconnected(client);
    const reader = await connected(stompit, options);
    const bodies = await received(reader, '/queue/a', 3);
    await disconnected(reader);
    return bodies;
  });

  const committed = ['in the transaction', 'outside'];
  same('commit and abort transactions', committed, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const kept = client.begin();
    const dropped = client.begin({ transaction: 'mine' });
    kept.send({ destination: '/queue/a' }).end('in the transaction');
    dropped.send({ destination: '/queue/a' }).end('dropped');
    await new Promise<void>((resolve) => {
      dropped.abort({ onReceipt: () => kept.commit({ onReceipt: resolve }) });
    });
    await sent(client, '/queue/a', 'outside');
    const bodies = await received(client, '/queue/a', 2);
    await disconnected(client);
    return bodies;
  });

  same('leave what is not acknowledged', ['a', 'true'], async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    await sent(client, '/queue/a', 'a');
    await new Promise<void>((resolve) => {
      client.subscribe({ destination: '/queue/a', ack: 'client' }, (_error, message) => {
        bodyOf(message).then(() => resolve());
      });
    });
    await disconnected(client);
    const next = await connected(stompit, options);
    const outcome = await new Promise((resolve) => {
      next.subscribe({ destination: '/queue/a', ack: 'client' }, async (_error, message) => {
        const body = await bodyOf(message);
        next.ack(message);
        resolve([body, message.headers['redelivered']]);
      });
    });
    await disconnected(next);
    return outcome;
  });

  same(
    'give back what is nacked',
    ['a', 'a'],
    async ({ stompit, options }) => {
      const client = await connected(stompit, options);
      await sent(client, '/queue/a', 'a');
      const outcome = await new Promise((resolve) => {
        const bodies: string[] = [];
        const headers = { destination: '/queue/a', ack: 'client-individual' };
        client.subscribe(headers, async (_error, message) => {
          bodies.push(await bodyOf(message));
          if (bodies.length === 1) client.nack(message);
          else client.ack(message, {}, { onReceipt: () => resolve(bodies) });
        });
      });
      await disconnected(client);
      return outcome;
    },
    { redelivery: { initialDelayMs: 1 } },
  );

  same('take one message and no more', [['one'], ['two']], async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    for (const body of ['one', 'two']) await sent(client, '/queue/a', body);
    const once = await received(client, '/queue/a', 1);
    await disconnected(client);
    const next = await connected(stompit, options);
    const rest = await received(next, '/queue/a', 1);
    await disconnected(next);
    return [once, rest];
  });

  same('know their subscriptions by id', [1, 'mine', true], async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const first = client.subscribe('/queue/a', () => {});
    const second = client.subscribe({ destination: '/queue/b', id: 'mine' }, () => {});
    const outcome = [first.getId(), second.getId(), client.getSubscription('mine') === second];
    await disconnected(client);
    return outcome;
  });
});

describe('errors of stompit and of ours', () => {
  same('tell of a port where nobody listens', ['ECONNREFUSED', 'transport', 1], ({ stompit }) => {
    const { promise, tell } = answer();
    stompit.connect({ host: '127.0.0.1', port: 1 }, (error) => {
      const port = (error?.connectArgs as { port?: number } | undefined)?.port;
      tell(error ? [error.code, kindOf(error), port] : 'connected');
    });
    return promise;
  });

  const refused = ['application', 'function'];
  same(
    'tell of a broker that lets nobody in',
    refused,
    ({ stompit, options }) => {
      const { promise, tell } = answer();
      const connectHeaders = { login: 'nobody', passcode: 'wrong' };
      stompit.connect({ ...options, connectHeaders }, (error) => {
        tell(error ? [kindOf(error), typeof error.isTransportError] : 'connected');
      });
      return promise;
    },
    { security: { anonymous: false } },
  );

  const told = ['error application', 'first application', 'second application'];
  same('tell everybody what the broker refused', told, async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const heard: string[] = [];
    client.on('error', (error) => heard.push(`error ${kindOf(error)}`));
    return new Promise((resolve) => {
      client.subscribe('/queue/a', (error) => {
        heard.push(`first ${kindOf(error as never)}`);
      });
      client.subscribe({ destination: '/queue/b', selector: 'this is = = none' }, (error) => {
        heard.push(`second ${kindOf(error as never)}`);
        resolve(heard);
      });
    });
  });

  same('tell of a broken connection', ['protocol', 'protocol'], async ({ cut, ...stage }) => {
    const client = await connected(stage.stompit, stage.options);
    const heard: string[] = [];
    client.on('error', (error) => heard.push(kindOf(error)));
    const { promise, tell } = answer();
    client.subscribe('/queue/a', (error) => {
      heard.push(kindOf(error as never));
      tell(heard);
    });
    await sent(client, '/queue/b', 'the subscription is there');
    cut();
    return promise;
  });

  same('throw what is wrong in the program itself', [true, true], async ({ stompit, options }) => {
    const client = await connected(stompit, options);
    const throws = (act: () => void) => {
      try {
        act();
      } catch (error) {
        return error instanceof Error;
      }
      return false;
    };
    const outcome = [
      throws(() => client.subscribe({ destination: '/queue/a', ack: 'sometimes' }, () => {})),
      throws(() => stompit.connect({ ...options, ssl: 'yes' as never })),
    ];
    await disconnected(client);
    return outcome;
  });
});

function answer(): { promise: Promise<unknown>; tell: (outcome: unknown) => void } {
  let tell: (outcome: unknown) => void = () => {};
  const promise = new Promise((resolve) => {
    tell = resolve;
  });
  return { promise, tell };
}
