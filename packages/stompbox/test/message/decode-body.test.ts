/** The table of src/message/decode-body.ts, row by row. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging, resolveSettings } from 'stompbox';
import { Inbox } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';

const INVALID = Buffer.from([0x22, 0xff, 0x22]);
const BYTES = new Uint8Array([0x31]);
const UNTYPED =
  'has no content-type and is not JSON, so it is handed over as text, like others of its kind';

interface Row {
  readonly type?: string;
  readonly hasLength?: boolean;
  readonly body: string | Buffer;
  readonly gets: unknown;
  readonly warning?: string;
}

const rows: readonly Row[] = [
  { type: 'application/json', body: '{"a":1}', gets: { a: 1 } },
  { type: 'application/json;charset=utf-8', hasLength: true, body: '[1]', gets: [1] },
  { type: 'Application/Problem+JSON', body: '"x"', gets: 'x' },
  { type: 'text/plain', body: '{"a":1}', gets: '{"a":1}' },
  { type: 'text/xml', hasLength: true, body: '<a/>', gets: '<a/>' },
  { type: 'application/octet-stream', body: '1', gets: BYTES },
  { type: 'image/png', hasLength: true, body: '1', gets: BYTES },
  { type: 'application/xml', body: '<a/>', gets: '<a/>' },
  { body: '{"a":1}', gets: { a: 1 } },
  { body: 'null', gets: null },
  { body: 'hello', gets: 'hello', warning: UNTYPED },
  { body: '', gets: '', warning: UNTYPED },
  { hasLength: true, body: '{"a":1}', gets: { a: 1 } },
  { hasLength: true, body: 'hello', gets: 'hello', warning: UNTYPED },
  { hasLength: true, body: INVALID, gets: new Uint8Array(INVALID) },
];

describe('what a listener gets', () => {
  for (const { type, hasLength = false, body, gets, warning } of rows) {
    const length = hasLength ? 'with content-length' : 'without content-length';
    test(`${type ?? 'no content-type'}, ${length}: ${JSON.stringify(body)}`, async () => {
      const fake = new FakeConnection();
      const logger = new MemoryLogger();
      const settings = resolveSettings({}, { env: {} });
      const messaging = createMessaging(settings, { logger, connect: async () => fake.connection });
      const inbox = new Inbox<unknown>();
      await messaging.consume(inbox.add, { queue: 'a' });

      const bytes = Buffer.from(body as string);
      fake.subscriptions[0]?.deliver('m1', bytes, {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(hasLength ? { 'content-length': `${bytes.length}` } : {}),
      });

      assert.deepEqual(await inbox.until(1), [gets]);
      const warnings = warning === undefined ? [] : [`warn: message m1 from /queue/a ${warning}`];
      assert.deepEqual(logger.lines, warnings);
    });
  }
});

describe('what a listener never gets: a body that is not what it says', () => {
  const wrong = [
    { type: 'application/json', body: '{', why: 'is not JSON, although it says so' },
    { type: 'text/plain', body: INVALID, why: 'is not UTF-8 text, although it says so' },
  ];
  for (const { type, body, why } of wrong) {
    test(`${type}: ${JSON.stringify(body)}`, async () => {
      const fake = new FakeConnection();
      const settings = resolveSettings({}, { env: {} });
      const messaging = createMessaging(settings, {
        logger: new MemoryLogger(),
        connect: async () => fake.connection,
      });
      const inbox = new Inbox<string>();
      messaging.onEvent(({ type: event }) => inbox.add(event));
      await messaging.consume(() => assert.fail('called'), { queue: 'a' });
      fake.subscriptions[0]?.deliver('m1', Buffer.from(body as string), { 'content-type': type });
      assert.ok((await inbox.until(3)).includes('dead-lettered'));
      assert.equal(fake.sends[0]?.destination, '/queue/DLQ.a');
      assert.ok(String(fake.sends[0]?.options.headers?.['x-failure-message']).includes(why));
    });
  }
});

test('messages that are texts without a content-type are told of once per subscription', async () => {
  const fake = new FakeConnection();
  const logger = new MemoryLogger();
  const settings = resolveSettings({}, { env: {} });
  const messaging = createMessaging(settings, { logger, connect: async () => fake.connection });
  const inbox = new Inbox<unknown>();
  await messaging.consume(inbox.add, { queue: 'a', topic: 'b' });
  for (const id of ['m1', 'm2', 'm3']) {
    for (const subscription of fake.subscriptions) subscription.deliver(id, 'hello');
  }
  await inbox.until(6);
  assert.deepEqual(logger.lines.sort(), [
    `warn: message m1 from /queue/a ${UNTYPED}`,
    `warn: message m1 from /topic/b ${UNTYPED}`,
  ]);
});
