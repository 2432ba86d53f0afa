/** What a relay does when messages, the broker or the database fail. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, ConnectionError, TimeoutError } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { OptionsError } from 'stompbox';
import { type SqlExecutor, sqlExecutor } from 'stompbox/outbox';
import { gate, settled } from '../support/events.js';
import { stage } from './stage.js';

const refused = (headers: Record<string, string> = {}) =>
  BrokerError.refused('SEND', {
    command: 'ERROR',
    headers: FrameHeaders.from({ message: 'may not write', ...headers }),
    body: new Uint8Array(),
  });
const lost = () => ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', ['SEND']);

describe('a message that the broker refuses', () => {
  test('is tried again with longer and longer pauses, then given up and kept', async (t) => {
    const { clock, database, outbox, broker, relay, logger } = await stage(t);
    const sentAtMs: number[] = [];
    const beginMs = clock.now();
    broker.onSend = async () => {
      sentAtMs.push(clock.now() - beginMs);
      throw refused();
    };
    const id = await outbox.send(database, '/queue/a', 1);
    const { relay: running, types } = relay({ maxAttempts: 4, retryDelayMs: 1_000, pollMs: 500 });
    await clock.advance(60_000);
    assert.deepEqual(sentAtMs, [0, 1_000, 3_000, 7_000]);
    const [failed, ...others] = await outbox.failedMessages();
    assert.deepEqual(others, []);
    assert.deepEqual(
      { id: failed?.id, attempts: failed?.attempts, at: Number(failed?.failedAtMs) - beginMs },
      { id, attempts: 4, at: 7_000 },
    );
    assert.match(failed?.error ?? '', /BrokerError STOMP_BROKER_REFUSED: .*may not write/);
    assert.match(logger.lines.join('\n'), /error: outbox: message .* was given up after attempt 4/);
    const { pendingCount, failedCount, state } = await running.status();
    assert.deepEqual([pendingCount, failedCount, state], [0, 1, 'idle']);
    const failures = types().filter((type) => type !== 'claimed');
    assert.deepEqual(failures, ['attempt-failed', 'attempt-failed', 'attempt-failed', 'failed']);
  });

  test('gets all its attempts again, or is deleted, by a person', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    broker.onSend = async () => {
      throw refused();
    };
    const ids = [await outbox.send(database, '/queue/a', 1), await outbox.send(database, 'b', 2)];
    relay({ maxAttempts: 1 });
    await clock.advance(10_000);
    assert.deepEqual(column('state'), ['failed', 'failed']);
    assert.equal(await outbox.discardFailed([]), 0);
    assert.equal(await outbox.discardFailed(ids.slice(1)), 1);
    broker.onSend = async () => undefined;
    assert.equal(await outbox.retryFailed([]), 0);
    assert.equal(await outbox.retryFailed(ids), 1);
    await clock.advance(10_000);
    assert.deepEqual(column('state'), ['sent']);
  });

  test('is given up at once when no attempt can mend it', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    broker.onSend = async () => {
      throw new OptionsError('STOMP_OPT_INVALID', 'The header x of send() is none');
    };
    await outbox.send(database, '/queue/a', 1);
    relay();
    await clock.advance(0);
    assert.deepEqual(column('state'), ['failed']);
  });

  test('is given up at once when its row is damaged', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    await outbox.send(database, '/queue/a', 1);
    await outbox.send(database, '/queue/a', 2);
    database.exec("UPDATE stompbox_outbox SET headers = '{' WHERE seq = 1");
    relay({ maxAttempts: 1 });
    await clock.advance(0);
    assert.deepEqual(column('state'), ['failed', 'sent']);
    assert.deepEqual(broker.bodies, ['2']);
  });
});

describe('trouble with the broker', () => {
  for (const [what, error] of [
    ['no connection', () => ConnectionError.of('STOMP_NET_REFUSED', ['broker:61613'])],
    ['no receipt in time', () => TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['SEND', 15_000])],
    ['a full disk', () => refused({ code: 'STOMP_STORE_WRITE_FAILED' })],
  ] as const) {
    test(`counts no attempt: ${what}`, async (t) => {
      const { clock, database, outbox, broker, relay, column } = await stage(t);
      let failures = 20;
      broker.onSend = async () => {
        if (failures-- > 0) throw error();
      };
      await outbox.send(database, '/queue/a', 1);
      const { relay: running } = relay({ maxAttempts: 2, maxRetryDelayMs: 4_000 });
      await clock.advance(10_000);
      assert.equal(running.state, 'backing-off');
      assert.ok((await running.status()).lastError);
      assert.deepEqual(column('attempts'), [0]);
      await clock.advance(100_000);
      assert.deepEqual(column('state'), ['sent']);
      assert.equal((await running.status()).lastError, undefined);
    });
  }

  test('claims nothing while there is no connection', async (t) => {
    const { clock, database, outbox, broker, relay, column, logger } = await stage(t);
    broker.state = 'reconnecting';
    await outbox.send(database, '/queue/a', 1);
    const { types } = relay();
    await clock.advance(3_500);
    assert.deepEqual(types(), ['trouble', 'trouble', 'trouble']);
    assert.deepEqual(column('owner'), [null]);
    // One line for the trouble, not one for each try.
    assert.equal(logger.lines.filter((line) => line.startsWith('warn:')).length, 1);
    broker.state = 'connected';
    await clock.advance(10_000);
    assert.deepEqual(column('state'), ['sent']);
  });

  test('is told apart from a message that makes the broker drop the connection', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    let inFlight = 0;
    broker.onSend = async ({ body }) => {
      inFlight += 1;
      await Promise.resolve();
      const isAlone = inFlight === 1;
      await Promise.resolve();
      inFlight -= 1;
      // The connection is lost, with all that is under way.
      if (body === 'poison' || !isAlone) throw lost();
    };
    for (const body of ['a', 'poison', 'b']) await outbox.send(database, '/queue/a', body);
    relay({ maxAttempts: 3 });
    await clock.advance(120_000);
    assert.deepEqual(column('state'), ['sent', 'failed', 'sent']);
    assert.deepEqual(column('attempts'), [1, 3, 1]);
  });
});

describe('a broker that is back', () => {
  test('ends the pause of a relay that found no connection', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    await outbox.send(database, '/queue/a', 1);
    broker.tell('reconnecting');
    const { relay: running, types } = relay();
    await clock.advance(1_000_000);
    assert.equal(running.state, 'backing-off');
    const troubles = types().length;
    broker.tell('connect-failed', 'waiting');
    await settled();
    assert.equal(types().length, troubles);
    broker.tell('connected');
    await settled();
    assert.deepEqual(column('state'), ['sent']);
    assert.equal(running.state, 'idle');
    await running.stop();
    assert.equal(broker.listeners.size, 0);
  });

  test('is not one that the relay itself has cut off by what it sends', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    const beginMs = clock.now();
    const sentAtMs: number[] = [];
    broker.onSend = async () => {
      sentAtMs.push(clock.now() - beginMs);
      broker.tell('reconnecting', 'connecting', 'connected');
      throw refused({ code: 'STOMP_STORE_WRITE_FAILED' });
    };
    await outbox.send(database, '/queue/a', 1);
    relay();
    await clock.advance(16_000);
    assert.deepEqual(sentAtMs, [0, 1_000, 3_000, 7_000, 15_000]);
  });

  test('is asked again after the shortest pause, when it went away over a message', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    broker.onSend = async () => {
      throw TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['SEND', 15_000]);
    };
    await outbox.send(database, '/queue/a', 1);
    relay();
    await clock.advance(7_000);
    assert.equal(broker.sent.length, 4, 'the next one would be after 15 s');
    broker.onSend = async () => undefined;
    broker.tell('reconnecting', 'connect-failed', 'connected');
    await clock.advance(999);
    assert.deepEqual(column('state'), ['pending']);
    await clock.advance(1);
    assert.deepEqual(column('state'), ['sent']);
  });

  test('does not mend a database', async (t) => {
    const { clock, broker, relay, outbox, database } = await stage(t);
    const failing: SqlExecutor = {
      dialect: 'sqlite',
      query() {
        throw new Error('database is locked');
      },
    };
    await outbox.send(database, '/queue/a', 1);
    const { types } = relay({ retryDelayMs: 10_000 }, failing);
    await clock.advance(0);
    broker.tell('reconnecting', 'connect-failed', 'connected');
    await clock.advance(9_999);
    assert.deepEqual(types(), ['trouble']);
    await clock.advance(1);
    assert.deepEqual(types(), ['trouble', 'trouble']);
  });
});

describe('trouble with the database', () => {
  test('sends nothing twice when it comes between receipt and mark', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const plain = sqlExecutor(database);
    let failures = 3;
    const flaky: SqlExecutor = {
      dialect: 'sqlite',
      query(sql, values) {
        if (sql.includes("'sent', owner") && failures-- > 0) throw new Error('database is locked');
        return plain.query(sql, values);
      },
    };
    await outbox.send(database, '/queue/a', 1);
    const { types } = relay({ pollMs: 10 }, flaky);
    await clock.advance(20_000);
    assert.equal(broker.sent.length, 1);
    assert.deepEqual(column('state'), ['sent']);
    assert.deepEqual(types(), ['claimed', 'trouble', 'trouble', 'trouble', 'sent']);
  });

  test('does not keep a stop from its end', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const plain = sqlExecutor(database);
    const broken: SqlExecutor = {
      dialect: 'sqlite',
      query(sql, values) {
        if (sql.includes("'sent', owner")) throw new Error('gone');
        return plain.query(sql, values);
      },
    };
    const receipt = gate();
    broker.onSend = () => receipt.promise;
    await outbox.send(database, '/queue/a', 1);
    const { relay: running } = relay({}, broken);
    await clock.advance(0);
    const stopping = running.stop();
    receipt.open();
    await stopping;
    assert.deepEqual(column('state'), ['pending']);
  });

  test('is waited out when a claim fails', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    const plain = sqlExecutor(database);
    let failures = 2;
    const flaky: SqlExecutor = {
      dialect: 'sqlite',
      query(sql, values) {
        if (failures-- > 0) throw new Error('database is locked');
        return plain.query(sql, values);
      },
    };
    const { types } = relay({}, flaky);
    await outbox.send(database, '/queue/a', 1);
    await clock.advance(10_000);
    assert.equal(broker.sent.length, 1);
    assert.deepEqual(types(), ['trouble', 'trouble', 'claimed', 'sent']);
  });

  test('is not made by a transaction of the application on the same connection', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    database.exec('BEGIN');
    outbox.sendNow(database, '/queue/a', 1);
    const { relay: running } = relay({ retryDelayMs: 100 });
    await clock.advance(0);
    assert.match(String((await running.status()).lastError), /A transaction is open/);
    database.exec('ROLLBACK');
    await clock.advance(1_000);
    assert.deepEqual(column('id'), []);
    assert.deepEqual(broker.sent, []);
  });
});
