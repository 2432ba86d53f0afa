import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { ConnectionError, connect } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

describe('a transaction', () => {
  test('brackets sends between BEGIN and COMMIT', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    assert.equal(transaction.state, 'open');
    await transaction.send('/queue/a', '1', { persistent: true });
    await transaction.send('/queue/b', '2', { receipt: false });
    await transaction.commit();
    assert.equal(transaction.state, 'committed');
    assert.deepEqual(broker.session.commands, ['CONNECT', 'BEGIN', 'SEND', 'SEND', 'COMMIT']);
    for (const frame of broker.session.frames.slice(1)) {
      assert.equal(frame.headers.get('transaction'), transaction.id);
    }
    const receipts = broker.session.frames.map(({ headers }) => headers.has('receipt'));
    assert.deepEqual(receipts, [false, true, true, false, true]);
    await connection.close();
  });

  test('takes acknowledgements in', async () => {
    const { connection, broker } = await scene();
    const messages: Message[] = [];
    const options = { ack: 'client-individual' } as const;
    const { id } = await connection.subscribe('/queue/a', options, (m) => void messages.push(m));
    for (const messageId of ['1', '2']) broker.session.message(id, messageId);
    await until(() => messages.length === 2, 'the messages');
    const transaction = await connection.begin();
    await messages[0]?.ack({ transaction });
    await messages[1]?.nack({ transaction, receipt: true });
    await assert.rejects(messages[0]?.ack() as Promise<void>, { code: 'STOMP_PROTO_NO_MESSAGE' });
    await transaction.commit();
    assert.equal(broker.session.received('ACK')[0]?.headers.get('transaction'), transaction.id);
    assert.equal(broker.session.received('NACK')[0]?.headers.get('transaction'), transaction.id);
    await connection.close();
  });

  test('that is aborted gives its messages back, to be acknowledged again', async () => {
    const { connection, broker } = await scene();
    const messages: Message[] = [];
    const options = { ack: 'client-individual' } as const;
    const { id } = await connection.subscribe('/queue/a', options, (m) => void messages.push(m));
    broker.session.message(id, '1');
    await until(() => messages.length === 1, 'the message');
    const transaction = await connection.begin();
    await messages[0]?.ack({ transaction });
    await transaction.abort();
    assert.equal(transaction.state, 'aborted');
    await messages[0]?.ack({ receipt: true });
    assert.deepEqual(broker.session.commands.slice(-4), ['BEGIN', 'ACK', 'ABORT', 'ACK']);
    await connection.close();
  });

  test('that is over takes nothing more', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    await transaction.commit();
    const over = { code: 'STOMP_PROTO_NO_TRANSACTION', message: /tx-1 is over \(committed\)/ };
    await assert.rejects(transaction.send('/queue/a', 'x'), over);
    await assert.rejects(transaction.commit(), over);
    await assert.rejects(transaction.abort(), over);
    assert.equal(broker.session.received('SEND').length, 0);
    await connection.close();
  });

  test('is aborted by disposal, unless it is over', async () => {
    const { connection, broker } = await scene();
    const open = await connection.begin();
    await open[Symbol.asyncDispose]();
    assert.equal(open.state, 'aborted');
    const committed = await connection.begin();
    await committed.commit();
    await committed[Symbol.asyncDispose]();
    assert.equal(broker.session.received('ABORT').length, 1);
    await connection.close();
  });

  test('that the broker refuses to commit has failed', async () => {
    const { connection, broker } = await scene();
    broker.answers.set('COMMIT', (frame, session) =>
      session.error('rolled back', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    const transaction = await connection.begin();
    await assert.rejects(transaction.commit(), {
      code: 'STOMP_BROKER_REFUSED',
      message: /refused COMMIT tx-1: rolled back/,
    });
    assert.equal(transaction.state, 'failed');
    await assert.rejects(transaction.send('/queue/a', 'x'), { code: 'STOMP_PROTO_NO_TRANSACTION' });
    await connection.close();
  });

  test('asks RabbitMQ for no receipts of sends, which it would give only after COMMIT', async () => {
    const { broker, options } = stage();
    broker.connected = { version: '1.2', server: 'RabbitMQ/4.1.0' };
    const connection = await connect('stomp://mq', options);
    const transaction = await connection.begin();
    await transaction.send('/queue/a', 'x');
    assert.equal(broker.session.received('SEND')[0]?.headers.has('receipt'), false);
    await transaction.commit();
    await connection.close();
  });

  test('of another connection is refused for an ack', async () => {
    const first = await scene();
    const second = await scene();
    const foreign = await second.connection.begin();
    let acking: Promise<void> | undefined;
    const options = { ack: 'client' } as const;
    const { id } = await first.connection.subscribe('/queue/a', options, (message) => {
      acking = message.ack({ transaction: foreign });
      acking.catch(() => {});
    });
    first.broker.session.message(id, '1');
    await until(() => acking !== undefined, 'the ack is tried');
    await assert.rejects(acking as Promise<void>, /transaction must be one of the connection/);
    await Promise.all([first.connection.close(), second.connection.close()]);
  });
});

describe('the loss of the connection', () => {
  test('ends an open transaction: nothing of it is possible any more', async () => {
    const { connection, broker, clock } = await scene();
    const transaction = await connection.begin();
    await transaction.send('/queue/a', '1');
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    assert.equal(transaction.state, 'lost');
    const lost = { code: 'STOMP_NET_TRANSACTION_LOST', message: /begin a new transaction/ };
    await assert.rejects(transaction.send('/queue/a', '2'), lost);
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    await assert.rejects(transaction.commit(), lost);
    await transaction[Symbol.asyncDispose]();
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });

  test('rejects a send of a transaction that was under way', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    broker.ignore('SEND');
    const sending = assert.rejects(transaction.send('/queue/a', '1'), {
      code: 'STOMP_NET_TRANSACTION_LOST',
    });
    await settle();
    broker.session.drop();
    await sending;
    await connection.close();
  });

  test('leaves the outcome of a commit that was under way open', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    broker.ignore('COMMIT');
    const committing = assert.rejects(transaction.commit(), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_MAYBE_DELIVERED');
      assert.match(error.message, /COMMIT tx-1: the broker may have it/);
      return true;
    });
    await settle();
    broker.session.drop();
    await committing;
    assert.equal(transaction.state, 'failed');
    await connection.close();
  });

  test('before a commit was written means that it was rolled back', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    broker.session.clientTransport.takesMore = false;
    await connection.send('/queue/a', 'fills the transport', { receipt: false });
    const committing = assert.rejects(transaction.commit(), { code: 'STOMP_NET_TRANSACTION_LOST' });
    await settle();
    broker.session.drop();
    await committing;
    await connection.close();
  });

  test('fulfils an abort that was under way', async () => {
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    broker.ignore('ABORT');
    const aborting = transaction.abort();
    await settle();
    broker.session.drop();
    await aborting;
    await connection.close();
  });

  test('repeats a begin on the next connection', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('BEGIN');
    const beginning = connection.begin();
    await settle();
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    broker.answers.delete('BEGIN');
    await clock.advance(100);
    const transaction = await beginning;
    await transaction.send('/queue/a', 'x');
    await transaction.commit();
    assert.deepEqual(broker.session.commands, ['CONNECT', 'BEGIN', 'SEND', 'COMMIT']);
    await connection.close();
  });
});

describe('waits of a transaction', () => {
  test('have timeouts', async () => {
    const { connection, broker, clock } = await scene();
    const [first, second] = [await connection.begin(), await connection.begin()];
    for (const command of ['BEGIN', 'COMMIT', 'ABORT']) broker.ignore(command);
    const late = { code: 'STOMP_NET_TIMEOUT_RECEIPT' };
    const wait = { timeoutMs: 20 };
    const failed = [
      assert.rejects(connection.begin(wait), late),
      assert.rejects(first.commit(wait), late),
      assert.rejects(second.abort(wait), late),
    ];
    await settle();
    await clock.advance(20);
    await Promise.all(failed);
    assert.equal(first.state, 'failed');
    await connection.close();
  });

  test('take signals', async () => {
    const { connection, broker } = await scene();
    const [first, second, third] = [
      await connection.begin(),
      await connection.begin(),
      await connection.begin(),
    ];
    for (const command of ['BEGIN', 'COMMIT', 'ABORT', 'SEND']) broker.ignore(command);
    const stop = new AbortController();
    const { signal } = stop;
    const failed = [
      connection.begin({ signal }),
      first.commit({ signal }),
      second.abort({ signal }),
      third.send('/queue/a', 'x', { signal }),
    ].map((operation) => assert.rejects(operation, { message: 'enough' }));
    await settle();
    stop.abort(new Error('enough'));
    await Promise.all(failed);
    await assert.rejects(third.commit({ signal }), { message: 'enough' });
    assert.equal(third.state, 'open', 'an aborted signal leaves the transaction as it is');
    await connection.close();
  });
});

test('a COMMIT that was given up unsent is not done later, and nothing of it stays open', async () => {
  const { connection, broker, clock } = await scene();
  const transaction = await connection.begin();
  const { clientTransport } = broker.session;
  clientTransport.takesMore = false;
  await connection.send('/queue/a', 'fills the transport', { receipt: false });
  const committing = assert.rejects(transaction.commit({ timeoutMs: 50 }), {
    code: 'STOMP_NET_TIMEOUT_NOT_SENT',
  });
  await clock.advance(50);
  await committing;
  clientTransport.drain();
  await until(() => broker.session.received('ABORT').length === 1, 'the ABORT');
  assert.deepEqual(broker.session.received('COMMIT'), []);
  await connection.close();
});

test('a message whose COMMIT was refused can be acknowledged again', async () => {
  const { connection, broker } = await scene();
  const messages: Message[] = [];
  const { id } = await connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
    messages.push(message);
  });
  broker.session.message(id, '1');
  await until(() => messages.length === 1, 'the message');
  broker.answers.set('COMMIT', (frame, session) => {
    session.error('no', { 'receipt-id': frame.headers.get('receipt') ?? '' });
  });
  const transaction = await connection.begin();
  await messages[0]?.ack({ transaction });
  await assert.rejects(transaction.commit(), { code: 'STOMP_BROKER_REFUSED' });
  await messages[0]?.ack({ receipt: true });
  assert.equal(broker.session.received('ACK').length, 2);
  await connection.close();
});

test('so can one whose COMMIT was not answered: the broker knows whether it is one too many', async () => {
  const { connection, broker, clock } = await scene();
  const messages: Message[] = [];
  const { id } = await connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
    messages.push(message);
  });
  broker.session.message(id, '1');
  await until(() => messages.length === 1, 'the message');
  broker.ignore('COMMIT');
  const transaction = await connection.begin();
  await messages[0]?.ack({ transaction });
  const failed = assert.rejects(transaction.commit({ timeoutMs: 50 }), {
    code: 'STOMP_NET_TIMEOUT_RECEIPT',
  });
  await settle();
  await clock.advance(50);
  await failed;
  await messages[0]?.ack({ receipt: true });
  assert.equal(broker.session.received('ACK').length, 2);
  await connection.close();
});
