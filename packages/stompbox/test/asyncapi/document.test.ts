import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { listener, queue, resolveSettings, topic } from 'stompbox';
import { type AsyncApiOptions, asyncApiDocument } from 'stompbox/asyncapi';
import * as v from 'valibot';
import * as z from 'zod';
import { orders, SHOP } from './shop.js';

const require = createRequire(import.meta.url);
const published: Record<
  string,
  unknown
> = require('@asyncapi/specs/schemas/3.0.0-without-$id.json');
const isAsyncApi = new Ajv({ strict: false, validateFormats: false }).compile(published);

function valid(options: AsyncApiOptions) {
  const document = asyncApiDocument(options);
  assert.equal(isAsyncApi(document), true, JSON.stringify(isAsyncApi.errors, null, 2));
  return document;
}

const at = (url: string, user?: string) => ({
  info: { title: 'a', version: '1' },
  settings: resolveSettings({ url, user }, { env: {} }),
});
const LOCAL = at('127.0.0.1');

describe('the document', () => {
  test('fits the schema that AsyncAPI publishes', () => {
    const document = valid(SHOP);
    assert.deepEqual(Object.keys(document.operations), [
      'receive-orders',
      'receive-prices',
      'send-stock',
      'send-mail',
    ]);
    assert.equal(isAsyncApi({ ...document, asyncapi: '3' }), false);
  });

  test('of nothing but settings is valid, too', () => {
    const { channels, operations } = valid(LOCAL);
    assert.deepEqual([channels, operations], [{}, {}]);
  });

  test('is the same each time', () => {
    assert.equal(JSON.stringify(asyncApiDocument(SHOP)), JSON.stringify(asyncApiDocument(SHOP)));
  });

  test('says nothing of the login but that there is one', () => {
    const document = valid(SHOP);
    assert.doesNotMatch(JSON.stringify(document), /shopkeeper|open-sesame/);
    assert.deepEqual(document.components.securitySchemes?.['login']?.type, 'userPassword');
    assert.equal(valid(LOCAL).components.securitySchemes, undefined);
  });

  test('leaves the binding of STOMP empty, as AsyncAPI demands', () => {
    assert.doesNotMatch(JSON.stringify(valid(SHOP)), /bindings/);
  });
});

describe('servers', () => {
  for (const [url, host, protocol] of [
    ['mq.example.com', 'mq.example.com:61613', 'stomp'],
    ['stomp+ssl://mq.example.com', 'mq.example.com:61614', 'stomps'],
    ['[::1]:7000', '[::1]:7000', 'stomp'],
  ] as const) {
    test(`${url} is ${protocol}://${host}`, () => {
      const { broker } = valid(at(url)).servers;
      assert.deepEqual(broker, { host, protocol, protocolVersion: '1.2' });
    });
  }

  test('each server of failover: is one', () => {
    const { servers } = valid(at('failover:(stomp://a:61613,stomp+ssl://b:61614)', 'me'));
    assert.deepEqual(
      Object.entries(servers).map(([name, { protocol, host }]) => [name, protocol, host]),
      [
        ['broker', 'stomp', 'a:61613'],
        ['broker-2', 'stomps', 'b:61614'],
      ],
    );
    assert.deepEqual(servers['broker-2']?.security, [
      { $ref: '#/components/securitySchemes/login' },
    ]);
  });

  test('a WebSocket keeps its path', () => {
    const settings = { ...LOCAL.settings, url: 'ws://mq.example.com:8080/stomp' };
    const { broker } = valid({ ...LOCAL, settings: settings as typeof LOCAL.settings }).servers;
    assert.equal(broker?.protocol, 'ws');
    assert.equal(broker?.host, 'mq.example.com:8080');
    assert.equal(broker?.pathname, '/stomp');
  });
});

describe('operations', () => {
  test('tell what a listener does with its messages', () => {
    const { title, 'x-stompbox': extension } = valid(SHOP).operations['receive-orders'] ?? {};
    assert.equal(title, 'order-listener');
    const { circuit, retry, ...rest } = extension ?? {};
    assert.deepEqual(rest, {
      listener: 'order-listener',
      ack: 'onSuccess',
      concurrency: '2-10',
      prefetch: 10,
      selector: "region = 'EU'",
      deadLetter: '/queue/DLQ.orders',
    });
    assert.deepEqual(retry, { immediateMs: [], delayedMs: [], jitter: 0.2, delayBy: 'auto' });
    assert.ok(circuit);
  });

  test('of all options, with the names of errors and destinations', () => {
    const idempotency = {
      begin: async () => 'new' as const,
      finish: async () => undefined,
      forget: async () => undefined,
    };
    const detailed = listener(
      '/topic/news',
      {
        ack: 'manual',
        concurrency: 3,
        durable: 'archive',
        batch: { size: 10 },
        rateLimit: { max: 5, perMs: 1000 },
        timeoutMs: 900,
        retry: { unrecoverable: [TypeError, 'E_GONE'] },
        deadLetter: 'failed.{listener}',
        circuit: false,
        idempotency,
      },
      function archive() {},
    );
    const { operations } = valid({ ...LOCAL, listeners: [detailed] });
    assert.deepEqual(operations['receive-news']?.['x-stompbox'], {
      listener: 'archive',
      ack: 'manual',
      concurrency: 3,
      prefetch: 30,
      durable: 'archive',
      rateLimit: { max: 5, perMs: 1000 },
      batch: { size: 10, timeoutMs: 1000 },
      timeoutMs: 900,
      retry: {
        immediateMs: [0, 200],
        delayedMs: [10_000, 60_000, 300_000],
        jitter: 0.2,
        delayBy: 'auto',
        unrecoverable: ['TypeError', 'E_GONE'],
      },
      deadLetter: '/queue/failed.archive',
      idempotency: true,
    });
  });

  test('send is what nothing here listens to, unless sends says it', () => {
    const named = { ...SHOP, sends: ['/queue/elsewhere', orders] };
    const sent = Object.entries(valid(named).operations).filter(
      ([, { action }]) => action === 'send',
    );
    assert.deepEqual(
      sent.map(([id]) => id),
      ['send-elsewhere', 'send-orders'],
    );
  });

  test('a class listens to what consume is told, else to the queue and topic of the settings', () => {
    class SampleListener {
      onMessage(): void {}
    }
    const own = { listener: new SampleListener(), options: { queue: 'special' } };
    const { operations, channels } = valid({
      ...LOCAL,
      listeners: [{ listener: new SampleListener() }, own, own],
    });
    assert.deepEqual(Object.keys(operations), [
      'receive-SampleQueue',
      'receive-SampleTopic',
      'receive-special',
      'receive-special-2',
    ]);
    assert.deepEqual(
      Object.values(channels).map(({ address }) => address),
      ['/queue/SampleQueue', '/topic/SampleTopic', '/queue/special'],
    );
  });

  test('an answered destination has a reply, at an address that only the message knows', () => {
    const document = valid(SHOP);
    const { reply } = document.operations['send-stock'] ?? {};
    assert.equal(reply?.address.location, '$message.header#/reply-to');
    assert.equal(document.channels['stock-reply']?.address, null);
    const { required } = document.components.schemas['stock-reply'] ?? {};
    assert.deepEqual(required, ['free']);
  });
});

describe('channels', () => {
  test('are destinations in STOMP form, under names of their own', () => {
    const same = [queue('a/b'), topic('a/b'), '/temp-queue/a/b', '/queue/a b', '/topic/a-b'];
    const { channels } = valid({ ...LOCAL, sends: same });
    assert.deepEqual(
      Object.entries(channels).map(([id, { address }]) => [id, address]),
      [
        ['a-b', '/queue/a/b'],
        ['a-b-topic', '/topic/a/b'],
        ['a-b-temp-queue', '/temp-queue/a/b'],
        ['a-b-queue', '/queue/a b'],
        ['a-b-2', '/topic/a-b'],
      ],
    );
  });

  test('a name with braces is no pattern', () => {
    const { channels } = valid({ ...LOCAL, sends: ['/queue/{a}'] });
    const { address, 'x-stompbox': extension } = channels['a'] ?? {};
    assert.equal(address, null);
    assert.deepEqual(extension, { destination: '/queue/{a}' });
  });

  test('get the schema also from a listener, when the first mention had none', () => {
    const { components } = valid({
      ...LOCAL,
      sends: [],
      listeners: [
        { listener: () => undefined, options: { queue: 'orders' } },
        listener(orders, {}, () => undefined),
      ],
    });
    assert.deepEqual(components.messages['orders']?.payload, {
      $ref: '#/components/schemas/orders',
    });
  });
});

describe('payloads', () => {
  const payloadOf = (destination: ReturnType<typeof queue>) => {
    const { components } = valid({ ...LOCAL, sends: [destination] });
    return { schema: components.schemas['a'], message: components.messages['a'] };
  };

  test('are what goes in: a default is not required', () => {
    const { schema } = payloadOf(queue('a', { schema: z.object({ n: z.number().default(1) }) }));
    assert.equal(schema?.['required'], undefined);
    assert.deepEqual(schema?.['properties'], { n: { default: 1, type: 'number' } });
  });

  test('of a recursive schema refer to themselves within the document', () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree);
      },
    });
    const { schema } = payloadOf(queue('a', { schema: Tree }));
    const { children } = Object(schema?.['properties']) as { children: { items: unknown } };
    assert.deepEqual(children.items, { $ref: '#/components/schemas/a' });
  });

  test('with shared parts refer to their definitions, and leave data as it is', () => {
    const Part = z.object({ n: z.number() }).meta({ id: 'Part' });
    const schema = z.object({ one: Part, two: Part, $ref: z.string().default('#/definitions/no') });
    const properties = payloadOf(queue('a', { schema })).schema?.['properties'];
    const part = { $ref: '#/components/schemas/a/definitions/Part' };
    const text = { default: '#/definitions/no', type: 'string' };
    assert.deepEqual(properties, { one: part, two: part, $ref: text });
  });

  test('what JSON cannot hold is anything', () => {
    const { schema } = payloadOf(queue('a', { schema: z.object({ at: z.date() }) }));
    assert.deepEqual(schema?.['properties'], { at: {} });
  });

  test('of a library without JSON Schema are anything, with a note', () => {
    const { schema, message } = payloadOf(queue('a', { schema: v.object({ n: v.number() }) }));
    assert.deepEqual(schema, {});
    assert.match(message?.description ?? '', /schema of valibot without a JSON Schema/);
  });

  test('whose conversion fails are anything, with the reason', () => {
    const plain = z.object({});
    const jsonSchema = {
      input: () => {
        throw new Error('no words for it');
      },
    };
    const schema = { ...plain, '~standard': { ...plain['~standard'], jsonSchema } };
    const { message } = payloadOf(queue('a', { schema }));
    assert.match(message?.description ?? '', /cannot be a JSON Schema: no words for it/);
  });

  test('without a schema are anything', () => {
    const { schema, message } = payloadOf(queue('a'));
    assert.equal(schema, undefined);
    assert.deepEqual(message?.payload, {});
    assert.match(message?.description ?? '', /No schema is given/);
  });
});

describe('messages', () => {
  test('have the correlation id in its header', () => {
    const { components } = valid(SHOP);
    const { headers, correlationId } = components.messages['orders'] ?? {};
    assert.deepEqual(correlationId, { $ref: '#/components/correlationIds/correlationId' });
    assert.equal(
      components.correlationIds['correlationId']?.location,
      '$message.header#/correlation-id',
    );
    assert.deepEqual(headers, { $ref: '#/components/schemas/messageHeaders' });
    const properties = components.schemas['messageHeaders']?.['properties'];
    assert.ok(properties && 'correlation-id' in Object(properties));
  });

  test('a destination called like the headers takes another name', () => {
    const { channels } = valid({ ...LOCAL, sends: ['/queue/messageHeaders'] });
    assert.deepEqual(Object.keys(channels), ['messageHeaders-queue']);
  });
});

describe('wrong options', () => {
  const refused = (options: unknown, code: string, text: RegExp) =>
    assert.throws(() => asyncApiDocument(options as AsyncApiOptions), { code, message: text });

  test('are refused by name', () => {
    refused({ ...LOCAL, server: 1 }, 'STOMP_OPT_UNKNOWN', /option server of asyncApiDocument/);
    refused({ ...LOCAL, info: { title: 'a' } }, 'STOMP_OPT_INVALID', /option info.version .*text/);
    refused({ ...LOCAL, settings: {} }, 'STOMP_OPT_INVALID', /settings .*resolveSettings/);
    refused({ ...LOCAL, sends: [1] }, 'STOMP_OPT_INVALID', /sends .*a list of destinations/);
    refused({ ...LOCAL, requests: [{}] }, 'STOMP_OPT_INVALID', /requests .*destination, reply/);
    refused({ ...LOCAL, destinations: { a: '/queue/a' } }, 'STOMP_OPT_INVALID', /destinations/);
    refused({ ...LOCAL, listeners: ['a'] }, 'STOMP_OPT_INVALID', /listeners .*definitions/);
  });
});
