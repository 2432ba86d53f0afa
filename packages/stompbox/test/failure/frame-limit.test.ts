/** A message that is as long as its broker allows, and fails: its copy is longer than it is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type ProfileName } from '@stompbox/client';
import {
  createMessaging,
  FAILURE_HEADERS as H,
  type MessagingEvent,
  resolveSettings,
  startBroker,
} from 'stompbox';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';

const MAX_FRAME_BYTES = 20_000;
/** Fits as it is and with the failure in brief, not with the stack. */
const BODY = 'x'.repeat(MAX_FRAME_BYTES - 1_500);

class PriceMissing extends Error {
  override name = 'PriceMissing';

  constructor() {
    super('€'.repeat(1_000));
    this.stack = `PriceMissing\n${'    at price (price.js:1:1)\n'.repeat(200)}`;
  }
}

/** `generic`: SEND, then ACK; `stompbox`: both in one transaction. */
for (const profile of ['stompbox', 'generic'] satisfies ProfileName[]) {
  describe(`a message near the limit of its broker, with the words of ${profile}`, () => {
    test('becomes a dead letter without stack, and the listener goes on', async (t) => {
      const limits = { maxFrameBytes: MAX_FRAME_BYTES };
      const broker = await startBroker({ memory: true, connectors: [{ port: 0 }], limits });
      t.after(() => broker.close());
      const url = broker.connectors[0]?.url ?? '';
      const logger = new MemoryLogger();
      const messaging = createMessaging(resolveSettings({ url, profile }, { env: {} }), { logger });
      t.after(() => messaging.close());
      const events = new Inbox<MessagingEvent>();
      messaging.onEvent((event) => {
        if (event.type === 'dead-lettered' || event.type === 'consumed') events.add(event);
      });
      const handler = (body: unknown) => {
        if (body === BODY) throw new PriceMissing();
      };
      await messaging.consume(handler, { queue: 'orders', retry: false, concurrency: 1 });
      await messaging.send('/queue/orders', BODY);
      await messaging.send('/queue/orders', 'short');

      const seen = await events.until(2);
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['dead-lettered', 'consumed'],
      );
      const connection = await connect(url);
      t.after(() => connection.close());
      const deadLetters = await connection.subscribe('/queue/DLQ.orders');
      await messaging.send('/queue/DLQ.orders', 'end');
      const found = [];
      for await (const message of deadLetters) {
        if (message.text() === 'end') break;
        found.push(message);
      }
      assert.deepEqual(
        found.map((message) => message.text()),
        [BODY],
        'once and whole',
      );
      const headers = found[0]?.headers;
      assert.equal(headers?.get(H.failureClass), 'PriceMissing');
      assert.equal(headers?.get(H.failureMessage), `${'€'.repeat(65)}…`);
      assert.equal(headers?.get(H.failureStack), undefined);
      assert.match(
        logger.lines.join('\n'),
        /error: a copy .* tried again in 1000 ms: .*frame is larger.*\n(?:.*\n)*warn: the copy .* without its stack/,
      );
    });
  });
}
