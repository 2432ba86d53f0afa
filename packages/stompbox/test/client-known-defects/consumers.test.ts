/** What users of other clients complain about, where it takes a real broker to see that it is not so. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Connection, ConnectionError, connect, type Message } from '@stompbox/client';
import { startBroker } from 'stompbox';
import { Inbox, settled } from '../support/events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function connected(t: TestContext, url: string): Promise<Connection> {
  const connection = await connect(url, { reconnect: { initialDelayMs: 5, maxDelayMs: 20 } });
  t.after(() => connection.close());
  return connection;
}

async function memoryBroker(t: TestContext): Promise<string> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  t.after(() => broker.close());
  return broker.connectors[0]?.url ?? '';
}

describe('a consumer with a prefetch', () => {
  // gdaws/stompit#55, stomp-js/stompjs#245, #406
  test('never holds more messages than that, however many wait', async (t) => {
    const connection = await connected(t, await memoryBroker(t));
    await Promise.all(Array.from({ length: 200 }, (_, n) => connection.send('/queue/a', `${n}`)));
    const inbox = new Inbox<Message>();
    const options = { ack: 'client-individual', prefetch: 5 } as const;
    await connection.subscribe('/queue/a', options, inbox.add);
    for (let settledCount = 0; settledCount < 200; settledCount++) {
      const due = Math.min(200, settledCount + 5);
      await inbox.until(due);
      await settled();
      assert.equal(inbox.items.length, due, 'five are not settled, and no more');
      await inbox.items[settledCount]?.ack();
    }
    assert.deepEqual(
      inbox.items.map((message) => message.text()),
      inbox.items.map((_, n) => `${n}`),
    );
  });

  // jasonrbriggs/stomp.py#325
  test('does not stop when it has got that many', async (t) => {
    const connection = await connected(t, await memoryBroker(t));
    await Promise.all(Array.from({ length: 500 }, (_, n) => connection.send('/queue/a', `${n}`)));
    const options = { ack: 'client', prefetch: 1 } as const;
    const subscription = await connection.subscribe('/queue/a', options);
    let count = 0;
    for await (const message of subscription) {
      await message.ack();
      count++;
      if (count === 500) break;
    }
    assert.equal(count, 500);
  });
});

// node-red/node-red-nodes#143, gdaws/stompit#103, easternbloc/node-stomp-client#65
test('a consumer works on over restarts of its broker until every message is settled', async (t) => {
  const data = temporaryFolder(t);
  let broker = await startBroker({ data, connectors: [{ port: 0 }] });
  t.after(() => broker.close());
  const [connector] = broker.connectors;
  assert.ok(connector);
  const connection = await connected(t, connector.url);
  const bodies = Array.from({ length: 60 }, (_, n) => `${n}`);
  await Promise.all(bodies.map((body) => connection.send('/queue/a', body)));
  const confirmed: string[] = [];
  const inDoubt = new Set<string>();
  const inbox = new Inbox<string>();
  const options = { ack: 'client-individual', prefetch: 4 } as const;
  await connection.subscribe('/queue/a', options, async (message) => {
    try {
      await message.ack({ receipt: true });
      confirmed.push(message.text());
    } catch (error) {
      // The broker went before it confirmed: it has settled the message, or delivers it again.
      assert.ok(error instanceof ConnectionError, String(error));
      inDoubt.add(message.text());
    }
    inbox.add(message.text());
  });
  for (const goal of [10, 30]) {
    await inbox.until(goal);
    await broker.close();
    broker = await startBroker({ data, connectors: [{ port: connector.port }] });
  }
  const seen = () => new Set([...confirmed, ...inDoubt]).size;
  while (seen() < bodies.length) await inbox.until(inbox.items.length + 1);
  assert.equal(new Set(confirmed).size, confirmed.length, 'none comes after its confirmed ack');
  assert.ok(inDoubt.size <= 8, 'at most the prefetch of each session that was lost');
});
