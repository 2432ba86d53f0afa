import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { INestMicroservice, Type } from '@nestjs/common';
import { Module, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, of, take, toArray } from 'rxjs';
import { type ListenerContext, queue, UnrecoverableError } from 'stompbox';
import {
  StompClientProxy,
  type StompContext,
  StompRecord,
  StompTransportStrategy,
} from 'stompbox/nestjs/microservices';
import * as z from 'zod';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { decorate, scopeOf } from './nest-app.js';

type Options = NonNullable<ConstructorParameters<typeof StompTransportStrategy>[0]>;

/** A microservice with these controllers, and a client for it. */
async function start(context: TestContext, controllers: readonly Type[], options: Options = {}) {
  const { url, messaging } = await embeddedBroker(scopeOf(context));
  const shared = { settings: { url }, ports: { logger: new MemoryLogger() } };
  const strategy = new StompTransportStrategy({ ...shared, ...options });
  class AppModule {}
  Module({ controllers: [...controllers] })(AppModule);
  const app: INestMicroservice = await NestFactory.createMicroservice(AppModule, {
    strategy,
    logger: false,
  });
  scopeOf(context).after(() => app.close());
  await app.listen();
  const { listener: _listener, ...same } = options;
  const client = new StompClientProxy({ ...shared, ...same });
  scopeOf(context).after(() => client.close());
  return { messaging, strategy, client, app };
}

function sums(): Type {
  class Sums {
    sum(numbers: readonly number[]): number {
      return numbers.reduce((total, one) => total + one, 0);
    }
    nothing(): void {}
    several() {
      return of(1, 2, 3);
    }
    refuse(): never {
      throw new RpcException('not on Sundays');
    }
    refuseWithObject(): never {
      throw new RpcException({ reason: 'closed', since: 7 });
    }
    fail(): never {
      throw new Error('secret detail');
    }
  }
  decorate(Sums, 'sum', MessagePattern('math.sum'));
  decorate(Sums, 'nothing', MessagePattern('math.nothing'));
  decorate(Sums, 'several', MessagePattern('math.several'));
  decorate(Sums, 'refuse', MessagePattern('math.refuse'));
  decorate(Sums, 'refuseWithObject', MessagePattern('math.refuse-object'));
  decorate(Sums, 'fail', MessagePattern('math.fail'));
  return Sums;
}

describe('message patterns', () => {
  test('the pattern is the queue, the data is the body, and anybody may ask', async (t) => {
    const { client, messaging } = await start(t, [sums()]);
    assert.equal(await firstValueFrom(client.send('math.sum', [1, 2])), 3);
    assert.equal(await messaging.request('/queue/math.sum', [3, 4]), 7);
  });

  test('nothing is answered as null, and of several values the last one', async (t) => {
    const { client } = await start(t, [sums()]);
    assert.deepEqual(await lastValueFrom(client.send('math.nothing', 1).pipe(toArray())), [null]);
    assert.deepEqual(await lastValueFrom(client.send('math.several', 1).pipe(toArray())), [3]);
  });

  test('an error is answered at once, in the words of its exception filter', async (t) => {
    const { client, messaging } = await start(t, [sums()]);
    await assert.rejects(firstValueFrom(client.send('math.refuse', 1)), {
      status: 'error',
      message: 'not on Sundays',
    });
    await assert.rejects(firstValueFrom(client.send('math.refuse-object', 1)), {
      reason: 'closed',
      since: 7,
    });
    await assert.rejects(firstValueFrom(client.send('math.fail', 1)), {
      message: 'Internal server error',
    });
    await assert.rejects(messaging.request('/queue/math.refuse', 1), {
      code: 'STOMP_REQUEST_FAILED',
      message: /not on Sundays/,
    });
  });

  test('whoever unsubscribes waits no longer', async (t) => {
    const { client } = await start(t, []);
    const subscription = client.send('nobody.listens', 1).subscribe(() => undefined);
    await client.connect();
    subscription.unsubscribe();
    await client.close();
    assert.equal(client.unwrap().snapshot().state, 'closed');
  });
});

describe('event patterns', () => {
  test('get the data and a context with the message', async (t) => {
    const inbox = new Inbox<unknown>();
    class News {
      handle(data: unknown, context: StompContext): void {
        const { headers } = context.getMessage();
        inbox.add({ data, destination: context.getDestination(), kind: headers.get('kind') });
      }
    }
    decorate(News, 'handle', EventPattern('/topic/news'));
    Payload()(News.prototype, 'handle', 0);
    Ctx()(News.prototype, 'handle', 1);
    const { client } = await start(t, [News]);
    const record = new StompRecord({ a: 1 }, { headers: { kind: 'x' } });
    await lastValueFrom(client.emit('/topic/news', record), { defaultValue: undefined });
    assert.deepEqual(await inbox.until(1), [
      { data: { a: 1 }, destination: '/topic/news', kind: 'x' },
    ]);
  });

  test('the extras of the decorator are listener options', async (t) => {
    class Many {
      handle(): void {}
    }
    decorate(Many, 'handle', EventPattern('many', { name: 'many-handler', concurrency: 4 }));
    const { strategy } = await start(t, [Many]);
    const [listener] = strategy.unwrap().snapshot().listeners;
    assert.equal(listener?.listener, 'many-handler');
  });

  test('a failing handler is retried, and its message ends in the dead letter queue', async (t) => {
    const attempts = new Inbox<number>();
    class Failing {
      handle(_data: unknown, context: StompContext): void {
        attempts.add(context.getMessage().attempt);
        throw new RpcException('no');
      }
    }
    decorate(Failing, 'handle', EventPattern('failing'));
    Payload()(Failing.prototype, 'handle', 0);
    Ctx()(Failing.prototype, 'handle', 1);
    const { client, messaging } = await start(t, [Failing], {
      listener: { retry: { immediateMs: [0], delayedMs: [] } },
    });
    const dead = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => void dead.add(context), { queue: 'DLQ.failing' });
    client.emit('failing', 1);
    const [letter] = await dead.until(1);
    assert.deepEqual(attempts.items, [1, 2]);
    assert.equal(letter?.headers.get('x-failure-code'), 'STOMP_NEST_HANDLER');
    assert.match(letter?.headers.get('x-failure-message') ?? '', /The handler failed: no/);
  });

  test('an error within an RpcException stays what it is', async (t) => {
    class Hopeless {
      handle(): void {
        throw new RpcException(new UnrecoverableError('never'));
      }
    }
    decorate(Hopeless, 'handle', EventPattern('hopeless'));
    const { client, messaging } = await start(t, [Hopeless]);
    const dead = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => void dead.add(context), { queue: 'DLQ.hopeless' });
    client.emit('hopeless', 1);
    const [letter] = await dead.until(1);
    assert.equal(letter?.headers.get('x-failure-code'), 'STOMP_LISTEN_UNRECOVERABLE');
    assert.equal(letter?.headers.get('x-attempt'), '1');
  });

  test('interceptors run, and so does each handler of the pattern', async (t) => {
    const seen = new Inbox<string>();
    const interceptor = {
      intercept: (_context: unknown, next: { handle(): never }) => {
        seen.add('interceptor');
        return next.handle();
      },
    };
    class Twice {
      one(): void {
        seen.add('one');
      }
      two(): void {
        seen.add('two');
      }
    }
    decorate(Twice, 'one', EventPattern('twice'), UseInterceptors(interceptor as never));
    decorate(Twice, 'two', EventPattern('twice'));
    const { client } = await start(t, [Twice]);
    client.emit('twice', 1);
    assert.deepEqual([...(await seen.until(3))].sort(), ['interceptor', 'one', 'two']);
  });

  test('a schema of the options checks data on both sides', async (t) => {
    const inbox = new Inbox<unknown>();
    class Orders {
      handle(order: unknown): void {
        inbox.add(order);
      }
    }
    decorate(Orders, 'handle', EventPattern('orders'));
    const schema = z.object({ id: z.number(), note: z.string().default('none') });
    const { client } = await start(t, [Orders], { destinations: [queue('orders', { schema })] });
    await assert.rejects(firstValueFrom(client.emit('orders', { id: 'x' })), {
      code: 'STOMP_OPT_SCHEMA',
    });
    client.emit('orders', { id: 1 });
    assert.deepEqual(await inbox.until(1), [{ id: 1, note: 'none' }]);
  });
});

describe("with Nest's envelope", () => {
  const envelope = { queue: 'nest' };

  function patterns(inbox: Inbox<unknown>): Type {
    class Patterns {
      sum({ a, b }: { a: number; b: number }): number {
        return a + b;
      }
      note(data: unknown): void {
        inbox.add(data);
      }
      fail(): never {
        throw new RpcException('no');
      }
    }
    decorate(Patterns, 'sum', MessagePattern({ cmd: 'sum' }));
    decorate(Patterns, 'note', EventPattern('note'));
    decorate(Patterns, 'fail', MessagePattern('fail'));
    return Patterns;
  }

  test('any pattern travels through one queue', async (t) => {
    const inbox = new Inbox<unknown>();
    const { client } = await start(t, [patterns(inbox)], { envelope });
    assert.equal(await firstValueFrom(client.send({ cmd: 'sum' }, { a: 1, b: 2 })), 3);
    client.emit('note', { x: 1 });
    assert.deepEqual(await inbox.until(1), [{ x: 1 }]);
  });

  test('the messages are those of other transports of Nest', async (t) => {
    const { messaging } = await start(t, [patterns(new Inbox())], { envelope });
    const packet = { pattern: { cmd: 'sum' }, data: { a: 2, b: 2 }, id: '17' };
    assert.deepEqual(await messaging.request('/queue/nest', packet), {
      id: '17',
      response: 4,
      isDisposed: true,
    });
  });

  test('errors, and patterns that nobody handles, are answered', async (t) => {
    const { client } = await start(t, [patterns(new Inbox())], { envelope });
    const sent = client.send('fail', 1).pipe(take(1));
    await assert.rejects(lastValueFrom(sent), { status: 'error', message: 'no' });
    await assert.rejects(lastValueFrom(client.send('what', 1)), (error) =>
      /No handler has the pattern what/.test(String(error)),
    );
  });

  test('a body without envelope is a dead letter', async (t) => {
    const { messaging } = await start(t, [patterns(new Inbox())], { envelope });
    const dead = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => void dead.add(context), { queue: 'DLQ.nest' });
    await messaging.send('/queue/nest', { a: 1 });
    const [letter] = await dead.until(1);
    assert.match(letter?.headers.get('x-failure-message') ?? '', /no envelope/);
  });
});

describe('strategy and client', () => {
  test('tell their status and the events of the service', async (t) => {
    const { strategy, client } = await start(t, [sums()]);
    const sent = new Inbox<string>();
    client.on('sent', ({ destination }) => sent.add(destination));
    client.emit('elsewhere', 1);
    assert.deepEqual(await sent.until(1), ['/queue/elsewhere']);
    assert.equal(await firstValueFrom(strategy.status), 'connected');
    assert.equal(await firstValueFrom(client.status), 'connected');
  });

  test('a pattern that is no destination is refused', async (t) => {
    const { client } = await start(t, []);
    await assert.rejects(firstValueFrom(client.emit({ cmd: 'sum' }, 1)), {
      code: 'STOMP_OPT_INVALID',
      message: /or set the option envelope/,
    });
  });

  test('a strategy that cannot start says why', async () => {
    const settings = { url: '127.0.0.1:1', connection: { startup: 'fail' as const } };
    const ports = { logger: new MemoryLogger() };
    class AppModule {}
    Module({ controllers: [sums()] })(AppModule);
    const strategy = new StompTransportStrategy({ settings, ports });
    const app = await NestFactory.createMicroservice(AppModule, { strategy, logger: false });
    await assert.rejects(app.listen(), { code: 'STOMP_NET_REFUSED' });
    await strategy.close();
  });

  test('a service of the user stays open', async (t) => {
    const { messaging } = await embeddedBroker(scopeOf(t));
    const client = new StompClientProxy({ messaging });
    await client.connect();
    await client.close();
    assert.equal(messaging.snapshot().state, 'open');
  });

  test('wrong options are refused by name', () => {
    const wrong = { urls: [] } as object;
    assert.throws(() => new StompClientProxy(wrong), {
      code: 'STOMP_OPT_UNKNOWN',
      message: /option urls of StompClientProxy/,
    });
    assert.throws(() => new StompTransportStrategy({ listener: { concurrency: 0 } }), {
      code: 'STOMP_OPT_INVALID',
    });
    assert.throws(() => new StompTransportStrategy({ envelope: { queue: '' } }), {
      code: 'STOMP_OPT_INVALID',
      message: /envelope.queue of StompTransportStrategy/,
    });
  });
});
