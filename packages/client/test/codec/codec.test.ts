import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Codec, CodecRegistry, decodeValue, decodeWith, encodeValue } from '@stompbox/client';
import { encodeUtf8, FrameHeaders, OptionsError, ProtocolError } from '@stompbox/protocol';
import fc from 'fast-check';

interface Point {
  readonly x: number;
  readonly y: number;
}

const pointCodec: Codec<Point> = {
  contentType: 'application/x-point',
  encode: ({ x, y }) => Uint8Array.of(x, y),
  decode(body) {
    const [x, y] = body;
    if (x === undefined || y === undefined || body.length !== 2) throw new Error('two bytes');
    return { x, y };
  },
};

const builtIn = new CodecRegistry();

const headersOf = (values: Record<string, string>) =>
  FrameHeaders.from({ 'message-id': 'm-1', ...values });

const decode = (contentType: string | undefined, body: string | Uint8Array) =>
  decodeValue(
    builtIn,
    headersOf({
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(typeof body !== 'string' && { 'content-length': `${body.length}` }),
    }),
    typeof body === 'string' ? encodeUtf8(body) : body,
  );

describe('a value is encoded', () => {
  test('as JSON, unless it is a text or bytes, which travel as they are', () => {
    const bytes = Uint8Array.of(1, 2);
    assert.deepEqual(encodeValue(builtIn, { a: 1 }), {
      body: '{"a":1}',
      contentType: 'application/json',
    });
    assert.deepEqual(encodeValue(builtIn, null).body, 'null');
    assert.deepEqual(encodeValue(builtIn, 'text'), { body: 'text', contentType: undefined });
    assert.deepEqual(encodeValue(builtIn, bytes), { body: bytes, contentType: undefined });
  });

  test('by the codec of the content type that is named, with its parameters', () => {
    const registry = new CodecRegistry([pointCodec]);
    assert.deepEqual(encodeValue(registry, { x: 1, y: 2 }, 'Application/X-Point; v=1'), {
      body: Uint8Array.of(1, 2),
      contentType: 'Application/X-Point; v=1',
    });
    const json = encodeValue(registry, { x: 1 }, 'application/vnd.shop.order+json;charset=UTF-8');
    assert.equal(json.body, '{"x":1}');
    assert.equal(encodeValue(registry, 'text', 'application/json').body, '"text"');
  });

  for (const [what, value, contentType, reason] of [
    ['a function as JSON', () => 1, 'application/json', /JSON has no function/],
    ['nothing as JSON', undefined, undefined, /JSON has no undefined/],
    ['a big integer as JSON', 1n, undefined, /BigInt/],
    ['a number as text', 1, 'text/plain', /A text was expected, not number/],
    ['a text as bytes', 'x', 'application/octet-stream', /Bytes were expected, not string/],
    ['a text in another charset', 'x', 'text/plain;charset=latin1', /leave charset=latin1 out/],
  ] as const) {
    test(`${what} is refused, with the reason`, () => {
      assert.throws(() => encodeValue(builtIn, value, contentType), {
        name: 'OptionsError',
        code: 'STOMP_OPT_BODY',
        message: reason,
      });
    });
  }

  test('by a codec that gives something else is refused', () => {
    const registry = new CodecRegistry([{ ...pointCodec, encode: () => 5 as never }]);
    assert.throws(() => encodeValue(registry, {}, 'application/x-point'), {
      code: 'STOMP_OPT_BODY',
      message: /neither a string nor a Uint8Array/,
    });
  });

  test('and what its codec threw is kept', () => {
    const bug = new Error('bug');
    const registry = new CodecRegistry([
      {
        ...pointCodec,
        encode() {
          throw bug;
        },
      },
    ]);
    assert.throws(
      () => encodeValue(registry, {}, 'application/x-point'),
      (error) => error instanceof OptionsError && error.cause === bug,
    );
  });
});

describe('a body is decoded', () => {
  for (const [contentType, body, value] of [
    ['application/json', '{"a":1}', { a: 1 }],
    ['APPLICATION/JSON ; charset="utf-8"', '[1]', [1]],
    ['application/vnd.shop.order+json', '"x"', 'x'],
    ['text/json', 'null', null],
    ['text/plain', 'héllo', 'héllo'],
    ['text/csv;header=present', 'a,b', 'a,b'],
    ['application/soap+xml', '<a/>', '<a/>'],
    ['text/plain; charset=ISO-8859-1', Uint8Array.of(0xe9), 'é'],
    ['application/json;charset=utf-16le', Uint8Array.of(0x31, 0), 1],
    [undefined, 'text', 'text'],
  ] as const) {
    test(`${contentType ?? 'without content type'}: ${String(body)}`, () => {
      assert.deepEqual(decode(contentType, body), value);
    });
  }

  test('as bytes of its own, where it is bytes and nothing else is said', () => {
    const body = Uint8Array.of(1, 2);
    for (const contentType of [undefined, 'application/octet-stream']) {
      const value = decode(contentType, body);
      assert.deepEqual(value, body);
      assert.notEqual((value as Uint8Array).buffer, body.buffer);
    }
  });

  for (const [what, contentType, body] of [
    ['JSON that is cut off', 'application/json', '{"a":'],
    ['a text that is no UTF-8', 'text/plain', Uint8Array.of(0xff)],
    ['a charset that nobody knows', 'text/plain;charset=klingon', 'x'],
  ] as const) {
    test(`${what} is an error that names the message and keeps the cause`, () => {
      assert.throws(
        () => decode(contentType, body),
        (error) =>
          error instanceof ProtocolError &&
          error.code === 'STOMP_PROTO_BAD_BODY' &&
          /^The body of message m-1 is not (application|text)/.test(error.message) &&
          error.cause instanceof Error,
      );
    });
  }

  test('that nobody understands is an error that says what there is', () => {
    assert.throws(() => decode('application/x-point', 'x'), {
      code: 'STOMP_OPT_NO_CODEC',
      message: /"application\/x-point" \(there are application\/json, text\/plain, application/,
    });
  });

  test('by a codec of one’s own, chosen for this body alone', () => {
    assert.deepEqual(decodeWith(pointCodec, headersOf({}), Uint8Array.of(3, 4)), { x: 3, y: 4 });
    assert.throws(() => decodeWith(pointCodec, headersOf({}), new Uint8Array()), {
      code: 'STOMP_PROTO_BAD_BODY',
      message: /m-1 is not application\/x-point \(two bytes\)/,
    });
  });

  test('to the JSON value that was encoded, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.json().map((text) => JSON.parse(text) as unknown),
        (value) => {
          const { body } = encodeValue(builtIn, value, 'application/json');
          assert.deepEqual(decode('application/json', body), value);
        },
      ),
    );
  });
});

describe('a registry', () => {
  test('asks the codecs of the application first, in their order', () => {
    const named = (name: string): Codec<unknown> => ({
      contentType: 'application/json',
      encode: () => name,
      decode: () => name,
    });
    const registry = new CodecRegistry([named('first'), named('second')]);
    assert.equal(encodeValue(registry, {}).body, 'first');
    assert.equal(
      decodeValue(registry, headersOf({ 'content-type': 'application/json' }), new Uint8Array()),
      'first',
    );
  });

  for (const [accepts, yes, no] of [
    ['application/*', 'application/x', 'text/x'],
    ['application/*+cbor', 'application/vnd.a+cbor', 'application/cbor'],
    ['application/vnd.a+cbor', 'application/vnd.a+cbor', 'application/vndxa+cbor'],
    ['*/*', 'image/png', 'image'],
    [(mediaType: string) => mediaType.startsWith('image/'), 'IMAGE/png;q=1', 'text/x-image/'],
  ] as const) {
    test(`lets a codec accept ${String(accepts)}`, () => {
      const registry = new CodecRegistry([{ ...pointCodec, accepts }]);
      const isMine = (contentType: string) => {
        try {
          return registry.for(contentType).contentType === pointCodec.contentType;
        } catch (error) {
          assert.equal((error as OptionsError).code, 'STOMP_OPT_NO_CODEC');
          return false;
        }
      };
      assert.equal(isMine(yes), true);
      assert.equal(isMine(no), false);
    });
  }

  test('takes nothing that is no codec', () => {
    for (const wrong of [
      {},
      [null],
      [{ ...pointCodec, contentType: '' }],
      [{ ...pointCodec, encode: 'x' }],
      [{ ...pointCodec, accepts: [5] }],
    ]) {
      assert.throws(() => new CodecRegistry(wrong as never), {
        code: 'STOMP_OPT_INVALID',
        message: /codecs/,
      });
    }
  });
});
