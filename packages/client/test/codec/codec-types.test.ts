/** What the compiler knows about codecs: this file is proof as soon as it compiles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, CodecRegistry, decodeValue, decodeWith, encodeWith } from '@stompbox/client';
import { encodeUtf8, FrameHeaders } from '@stompbox/protocol';

interface Order {
  readonly item: string;
  readonly count: number;
}

const orderCodec: Codec<Order> = {
  contentType: 'application/x-order',
  encode: ({ item, count }) => `${count} ${item}`,
  decode(body) {
    const [count = '', item = ''] = new TextDecoder().decode(body).split(' ', 2);
    return { item, count: Number(count) };
  },
};

const headers = FrameHeaders.from({ 'content-type': 'application/x-order' });
const body = encodeUtf8('2 tea');

test('a codec gives its type to what it decodes', () => {
  const order = decodeWith(orderCodec, headers, body);
  const item: string = order.item;
  // @ts-expect-error: an order has no price
  const price: unknown = order.price;
  assert.equal(item, 'tea');
  assert.equal(price, undefined);
});

test('a codec takes its own type only', () => {
  assert.equal(encodeWith(orderCodec, { item: 'tea', count: 2 }).body, '2 tea');
  // @ts-expect-error: the count is missing
  assert.equal(encodeWith(orderCodec, { item: 'tea' }).body, 'undefined tea');
});

test('a registry takes codecs of any types, and the caller says what is expected', () => {
  const registry = new CodecRegistry([orderCodec]);
  const order = decodeValue<Order>(registry, headers, body);
  const count: number = order.count;
  const unknown = decodeValue(registry, headers, body);
  // @ts-expect-error: nobody has said what it is
  assert.equal(unknown.count, 2);
  assert.equal(count, 2);
});
