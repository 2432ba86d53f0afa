import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  ForbiddenException,
  Injectable,
  Module,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  createMessaging,
  type ListenerContext,
  type Messaging,
  queue,
  resolveSettings,
} from 'stompbox';
import {
  InjectMessaging,
  Listener,
  MESSAGING,
  MessagingModule,
  MessagingService,
} from 'stompbox/nestjs';
import * as z from 'zod';
import { embeddedBroker } from '../support/embedded.js';
import { gate, Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { closeAtEnd, compile, decorate, scopeOf } from './nest-app.js';

const orders = queue('orders', {
  schema: z.object({ id: z.number(), note: z.string().default('none') }),
});
type Order = { id: number; note: string };

/** A provider with one listener, which hands what it gets to the test. */
function orderListener(inbox: Inbox<unknown>) {
  class OrderListener {
    async handle(order: Order, context: ListenerContext): Promise<unknown> {
      inbox.add({ order, listener: context.listener, isOwn: this instanceof OrderListener });
      return { accepted: order.id };
    }
  }
  decorate(OrderListener, 'handle', Listener(orders));
  return OrderListener;
}

describe('MessagingModule', () => {
  test('starts the listeners of providers, with the body that the schema gives out', async (t) => {
    const { url, messaging } = await embeddedBroker(scopeOf(t));
    const inbox = new Inbox<unknown>();
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url } })],
      providers: [orderListener(inbox)],
    });
    await closeAtEnd(t, module).init();
    await messaging.send('/queue/orders', { id: 1 });
    const [received] = await inbox.until(1);
    const order = { id: 1, note: 'none' };
    assert.deepEqual(received, { order, listener: 'OrderListener.handle', isOwn: true });
  });

  test('a returned value answers a request', async (t) => {
    const { url, messaging } = await embeddedBroker(scopeOf(t));
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url } })],
      controllers: [orderListener(new Inbox())],
    });
    await closeAtEnd(t, module).init();
    assert.deepEqual(await messaging.request(orders, { id: 7 }), { accepted: 7 });
  });

  test('imported twice is refused, because every listener would run twice', async (t) => {
    const { url } = await embeddedBroker(scopeOf(t));
    class ShopModule {}
    Module({ imports: [MessagingModule.forRoot({ settings: { url } })] })(ShopModule);
    const module = await compile({
      imports: [ShopModule, MessagingModule.forRoot({ settings: { url, queue: 'other' } })],
      providers: [orderListener(new Inbox())],
    });
    await assert.rejects(module.init(), {
      code: 'STOMP_OPT_INVALID',
      message: /MessagingModule is imported more than once .* import it in the root module only/,
    });
  });

  test('gives the service by class, by token and by decorator', async (t) => {
    const { url } = await embeddedBroker(scopeOf(t));
    class Clerk {
      readonly messaging: Messaging;
      constructor(messaging: Messaging) {
        this.messaging = messaging;
      }
    }
    InjectMessaging()(Clerk, undefined as never, 0);
    class Writer extends Clerk {}
    // What the compiler writes for `constructor(messages: MessagingService)`.
    Reflect.defineMetadata('design:paramtypes', [MessagingService], Writer);
    Reflect.defineMetadata('self:paramtypes', [], Writer);
    const imports = [MessagingModule.forRoot({ settings: { url } })];
    const module = closeAtEnd(t, await compile({ imports, providers: [Clerk, Writer] }));
    const service: Messaging = module.get(MESSAGING);
    assert.equal(module.get(MessagingService), service);
    assert.equal(module.get(Clerk).messaging, service);
    assert.equal(module.get(Writer).messaging, service);
    await service.send('/queue/a', 1);
  });

  test('forRootAsync gets its options from other providers', async (t) => {
    const { url } = await embeddedBroker(scopeOf(t));
    const useFactory = async (settings: { url: string }) => ({ settings });
    const module = await compile({
      imports: [
        MessagingModule.forRootAsync({
          imports: [
            {
              module: class ConfigModule {},
              providers: [{ provide: 'CONFIG', useValue: { url } }],
              exports: ['CONFIG'],
            },
          ],
          inject: ['CONFIG'],
          useFactory,
        }),
      ],
    });
    closeAtEnd(t, module);
    assert.equal(module.get(MessagingService).settings.url, url);
  });

  test('a method may listen to several destinations, and a provider have several names', async (t) => {
    const { url, messaging } = await embeddedBroker(scopeOf(t));
    const inbox = new Inbox<unknown>();
    class Both {
      handle(_body: never, { destination }: ListenerContext): void {
        inbox.add(destination);
      }
    }
    decorate(Both, 'handle', Listener('/queue/a'), Listener('/queue/b', { name: 'second' }));
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url } })],
      providers: [Both, { provide: 'ALIAS', useExisting: Both }],
    });
    await closeAtEnd(t, module).init();
    const names = module
      .get(MessagingService)
      .snapshot()
      .listeners.map((one) => one.listener);
    assert.deepEqual(names.sort(), ['Both.handle', 'second']);
    await messaging.send('/queue/a', 1);
    await messaging.send('/queue/b', 1);
    assert.deepEqual([...(await inbox.until(2))].sort(), ['/queue/a', '/queue/b']);
  });

  test('listen: false only sends', async (t) => {
    const { url } = await embeddedBroker(scopeOf(t));
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url }, listen: false })],
      providers: [orderListener(new Inbox())],
    });
    await closeAtEnd(t, module).init();
    assert.deepEqual(module.get(MessagingService).snapshot().listeners, []);
  });

  test('a listener that is not a singleton is refused', async (t) => {
    const { url } = await embeddedBroker(scopeOf(t));
    class PerRequest {
      handle(): void {}
    }
    Injectable({ scope: Scope.REQUEST })(PerRequest);
    decorate(PerRequest, 'handle', Listener('/queue/a'));
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url } })],
      providers: [PerRequest],
    });
    await assert.rejects(module.init(), {
      code: 'STOMP_OPT_INVALID',
      message: /PerRequest.handle of \/queue\/a is not a singleton/,
    });
  });

  test('wrong options are refused by name', () => {
    const wrong = { host: 'a' } as object;
    assert.throws(() => MessagingModule.forRoot(wrong), {
      code: 'STOMP_OPT_UNKNOWN',
      message: /option host of MessagingModule/,
    });
    assert.throws(() => Listener('/queue/a', { concurrency: 0 }), { code: 'STOMP_OPT_INVALID' });
  });
});

describe('the life of the application', () => {
  test('listeners drain before the service closes, and may still send', async (t) => {
    const { url, messaging } = await embeddedBroker(scopeOf(t));
    const [begun, finish] = [gate(), gate()];
    class Slow {
      async handle(_body: never, { messaging: sender }: ListenerContext): Promise<void> {
        begun.open();
        await finish.promise;
        await sender.send('/queue/done', 'yes');
      }
    }
    decorate(Slow, 'handle', Listener('/queue/slow'));
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings: { url } })],
      providers: [Slow],
    });
    await module.init();
    const service = module.get(MessagingService);
    await messaging.send('/queue/slow', 1);
    await begun.promise;
    const closed = module.close();
    finish.open();
    await closed;
    const inbox = new Inbox<unknown>();
    await messaging.consume(inbox.add, { queue: 'done' });
    assert.deepEqual(await inbox.until(1), ['yes']);
    assert.equal(service.snapshot().state, 'closed');
  });

  test('a service of the user stays open', async (t) => {
    const { messaging } = await embeddedBroker(scopeOf(t));
    const module = await compile({ imports: [MessagingModule.forRoot({ messaging })] });
    await module.init();
    await module.close();
    await messaging.send('/queue/a', 1);
    assert.equal(messaging.snapshot().state, 'open');
  });

  test('startup "fail" fails the start when there is no broker', async () => {
    const settings = { url: '127.0.0.1:1', connection: { startup: 'fail' as const } };
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings })],
      providers: [orderListener(new Inbox())],
    });
    const service = module.get(MessagingService);
    await assert.rejects(module.init(), { code: 'STOMP_NET_REFUSED' });
    assert.equal(service.snapshot().state, 'closed');
  });

  test('startup "background" starts without the broker, and says so', async () => {
    const settings = resolveSettings(
      { url: '127.0.0.1:1', connection: { startup: 'background', sendTimeoutMs: 1 } },
      { env: {} },
    );
    const logger = new MemoryLogger();
    const module = await compile({
      imports: [MessagingModule.forRoot({ settings, ports: { logger } })],
      providers: [orderListener(new Inbox())],
    });
    await module.init();
    assert.ok(logger.lines.some((line) => line.includes('the broker is not there yet')));
    await module.close();
  });

  test('without listeners nothing connects until somebody sends', async (t) => {
    const messaging = createMessaging(resolveSettings({ url: '127.0.0.1:1' }, { env: {} }), {
      logger: new MemoryLogger(),
    });
    scopeOf(t).after(() => messaging.close());
    const module = await compile({ imports: [MessagingModule.forRoot({ messaging })] });
    await closeAtEnd(t, module).init();
    assert.equal(messaging.snapshot().connection.state, 'none');
  });
});

describe('around a listener', () => {
  /** What a guard and an interceptor see, and a listener that they stand around. */
  async function guarded(t: TestContext, enhancers?: boolean) {
    const { url, messaging } = await embeddedBroker(scopeOf(t));
    const seen = new Inbox<unknown>();
    const guard = {
      canActivate: (context: {
        getType(): string;
        switchToRpc(): { getData(): { id: number }; getContext(): ListenerContext };
      }) => {
        const { id } = context.switchToRpc().getData();
        seen.add(`guard ${context.getType()} ${id}`);
        return id !== 13;
      },
    };
    const interceptor = {
      intercept: (_context: unknown, next: { handle(): never }) => {
        seen.add('interceptor');
        return next.handle();
      },
    };
    class Guarded {
      handle(order: Order): unknown {
        seen.add(`handler ${order.id}`);
        return order.id;
      }
    }
    decorate(
      Guarded,
      'handle',
      Listener(orders, { retry: false }),
      UseGuards(guard as never),
      UseInterceptors(interceptor as never),
    );
    const module = await compile({
      imports: [
        MessagingModule.forRoot({
          settings: { url },
          ports: { logger: new MemoryLogger() },
          ...(enhancers === undefined ? {} : { enhancers }),
        }),
      ],
      providers: [Guarded],
    });
    await closeAtEnd(t, module).init();
    return { messaging, seen };
  }

  test('guards and interceptors run, with the body as data', async (t) => {
    const { messaging, seen } = await guarded(t);
    assert.equal(await messaging.request(orders, { id: 1 }), 1);
    assert.deepEqual(seen.items, ['guard rpc 1', 'interceptor', 'handler 1']);
  });

  test('what a guard refuses has failed, and ends in the dead letter queue', async (t) => {
    const { messaging, seen } = await guarded(t);
    const dead = new Inbox<ListenerContext>();
    await messaging.consume((_body, context) => void dead.add(context), { queue: 'DLQ.orders' });
    await messaging.send(orders, { id: 13 });
    const [letter] = await dead.until(1);
    assert.equal(letter?.headers.get('x-failure-class'), ForbiddenException.name);
    assert.deepEqual(seen.items, ['guard rpc 13']);
  });

  test('enhancers: false leaves them out', async (t) => {
    const { messaging, seen } = await guarded(t, false);
    assert.equal(await messaging.request(orders, { id: 13 }), 13);
    assert.deepEqual(seen.items, ['handler 13']);
  });
});
