/** What travels for which body, and which bodies are refused before anything is sent. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMessaging, OptionsError, resolveSettings } from 'stompbox';
import { Inbox } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';

function messagingOnFake() {
  const fake = new FakeConnection();
  const settings = resolveSettings({}, { env: {} });
  const connect = async () => fake.connection;
  return { fake, messaging: createMessaging(settings, { connect }) };
}

/** What the connection is given to send. */
async function encoded(body: unknown, bodyType?: 'text' | 'bytes') {
  const { fake, messaging } = messagingOnFake();
  await messaging.sendToQueue(body, { bodyType });
  const [sent] = fake.sends;
  assert.ok(sent);
  const { contentType, contentLength } = sent.options;
  return {
    body: sent.body,
    contentType,
    bodyType: contentLength === 'always' ? 'bytes' : 'text',
  };
}

/** What a listener gets when the frame arrives as it was sent. */
async function echo() {
  const { fake, messaging } = messagingOnFake();
  const inbox = new Inbox<unknown>();
  await messaging.consume(inbox.add, { queue: 'a' });
  const [subscription] = fake.subscriptions;
  let count = 0;
  return async (body: unknown): Promise<unknown> => {
    await messaging.sendToQueue(body);
    const sent = fake.sends.at(-1);
    assert.ok(sent && subscription);
    const { contentType = '', contentLength } = sent.options;
    const bytes = Buffer.from(sent.body);
    const length = contentLength === 'always' ? { 'content-length': `${bytes.length}` } : {};
    subscription.deliver('m', bytes, { 'content-type': contentType, ...length });
    count += 1;
    return (await inbox.until(count)).at(-1);
  };
}

async function refusalOf(body: unknown, bodyType?: 'text' | 'bytes'): Promise<OptionsError> {
  const { fake, messaging } = messagingOnFake();
  try {
    await messaging.sendToQueue(body, { bodyType });
  } catch (error) {
    assert.ok(error instanceof OptionsError, String(error));
    assert.equal(error.code, 'STOMP_OPT_BODY');
    assert.deepEqual(fake.journal, []);
    return error;
  }
  throw new assert.AssertionError({ message: 'the body was accepted' });
}

describe('a body that can be sent', () => {
  test('a text travels as it is, also when it looks like JSON', async () => {
    assert.deepEqual(await encoded('{"a":1}'), {
      body: '{"a":1}',
      contentType: 'text/plain',
      bodyType: 'text',
    });
  });

  test('bytes travel as they are', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    assert.deepEqual(await encoded(bytes), {
      body: bytes,
      contentType: 'application/octet-stream',
      bodyType: 'bytes',
    });
  });

  test('everything else travels as its JSON, as text', async () => {
    const values = [{ a: [1, null] }, [], 0, -1.5, true, false, null];
    for (const value of values) {
      assert.deepEqual(await encoded(value), {
        body: JSON.stringify(value),
        contentType: 'application/json',
        bodyType: 'text',
      });
    }
  });

  test('bodyType forces the other kind of message', async () => {
    assert.equal((await encoded({ a: 1 }, 'bytes')).bodyType, 'bytes');
    assert.equal((await encoded('a\0b', 'bytes')).bodyType, 'bytes');
    const text = await encoded(Buffer.from('grün'), 'text');
    assert.deepEqual([text.bodyType, text.contentType], ['text', 'text/plain']);
  });

  test('what JSON writes on purpose passes: dates, toJSON, class instances, left-out properties', async () => {
    class Order {
      readonly id = 7;
      readonly at = new Date(0);
      readonly note: string | undefined = undefined;
    }
    const money = { toJSON: () => '12.50' };
    assert.equal(
      (await encoded({ order: new Order(), money, list: [new Date(0)] })).body,
      '{"order":{"id":7,"at":"1970-01-01T00:00:00.000Z"},"money":"12.50",' +
        '"list":["1970-01-01T00:00:00.000Z"]}',
    );
    assert.equal((await encoded(Object.create(null))).body, '{}');
  });

  test('a value that stands in two places is no circle', async () => {
    const shared = { x: 1 };
    assert.equal((await encoded([shared, shared])).body, '[{"x":1},{"x":1}]');
  });

  test('any JSON value comes back as it was', async () => {
    const roundTrip = await echo();
    await fc.assert(
      fc.asyncProperty(nonText(fc.jsonValue()), async (value) => {
        assert.deepEqual(await roundTrip(value), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('any text without NUL and any bytes come back as they were', async () => {
    const roundTrip = await echo();
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.uint8Array()), async (value) => {
        assert.deepEqual(await roundTrip(value), value);
      }),
    );
  });
});

/** A text is no JSON value here: it travels as it is. */
function nonText<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return values.filter((value) => typeof value !== 'string');
}

describe('a body that would not arrive as it is, is refused with its place and the fix', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = { circle };
  const throwing = {
    get total(): number {
      throw new Error('no database');
    },
  };
  let deep: unknown = 1;
  for (let level = 0; level < 20_000; level += 1) deep = [deep];
  const sparse: unknown[] = [1];
  sparse[2] = 3;

  const hostile: readonly (readonly [name: string, body: unknown, message: RegExp])[] = [
    ['undefined', undefined, /: \$ is undefined, which JSON cannot carry; send null$/],
    ['a function', () => 1, /\$ is a function/],
    ['a symbol', Symbol('x'), /\$ is a symbol/],
    ['a BigInt', 1n, /\$ is a BigInt, .* String\(…\)/],
    ['NaN', Number.NaN, /\$ is NaN/],
    ['a nested BigInt', { order: { total: 1n } }, /\$\.order\.total is a BigInt/],
    ['a nested function', { a: [{ f() {} }] }, /\$\.a\[0\]\.f is a function/],
    ['a nested symbol', { 'a b': Symbol('x') }, /\$\["a b"\] is a symbol/],
    ['a nested Infinity', [1, Number.NEGATIVE_INFINITY], /\$\[1\] is -Infinity/],
    ['undefined in an array', [undefined], /\$\[0\] is undefined/],
    ['a hole in an array', sparse, /\$\[1\] is undefined/],
    ['a circle', circle, /\$\.self\.circle is a circular reference, .* send an id/],
    ['a Map', { m: new Map() }, /\$\.m is a Map, .* Object\.fromEntries\(map\)/],
    ['a Set', { s: new Set([1]) }, /\$\.s is a Set, .* \[\.\.\.set\]/],
    ['an Error', { e: new TypeError('x') }, /\$\.e is TypeError, .* its message/],
    ['a RegExp', /x/, /\$ is a RegExp, whose JSON would be {}/],
    ['a Promise', { p: Promise.resolve(1) }, /\$\.p is a Promise/],
    ['bytes in an object', { b: Buffer.from('x') }, /\$\.b is bytes \(Buffer\), .* Buffer\.from/],
    ['an ArrayBuffer', new ArrayBuffer(1), /\$ is bytes \(ArrayBuffer\)/],
    ['floats', new Float64Array(1), /\$ is bytes \(Float64Array\)/],
    ['an invalid Date', { at: new Date('x') }, /\$\.at is an invalid Date/],
    ['a toJSON that returns nothing', { toJSON() {} }, /\$ is undefined/],
    ['a toJSON that returns a Date', { toJSON: () => new Date(0) }, /\$ is a Date, whose JSON/],
    ['a getter that throws', throwing, /getters or toJSON methods failed: no database$/],
    ['20 000 levels', deep, /nesting over 1000 levels/],
    ['half a surrogate pair', 'a\ud800', /half of a surrogate pair/],
    ['a text with NUL', 'a\0b', /NUL .* bodyType: 'bytes'/],
  ];
  for (const [name, body, message] of hostile) {
    test(name, async () => assert.match((await refusalOf(body)).message, message));
  }

  test("bytes that are no text with bodyType 'text'", async () => {
    assert.match((await refusalOf(Buffer.from([0xff]), 'text')).message, /not UTF-8 text/);
    assert.match((await refusalOf(Buffer.from([0]), 'text')).message, /not UTF-8 text/);
  });

  test('the error of a getter is kept as the cause', async () => {
    assert.match(String((await refusalOf(throwing)).cause), /no database/);
  });
});
