import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FrameEvent } from '@stompbox/client';
import { lose, recover } from './support/loss.js';
import { scene } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

/** An event in one line. */
function lineOf({ direction, frame }: FrameEvent): string {
  return frame === undefined ? `${direction} beat` : `${direction} ${frame.command}`;
}

describe('a frame that the application composed', () => {
  test('goes out as it is', async () => {
    const { connection, broker } = await scene();
    await connection.sendFrame({
      command: 'SEND',
      headers: { destination: '/queue/a', transaction: 't-1', priority: 7, none: undefined },
      body: 'hello',
    });
    const [sent] = broker.session.received('SEND');
    assert.deepEqual(sent?.headers.flat, [
      ...['destination', '/queue/a', 'transaction', 't-1', 'priority', '7'],
    ]);
    assert.equal(textOf(sent), 'hello');
    await connection.close();
  });

  test('may repeat a header', async () => {
    const { connection, broker } = await scene();
    const headers = [
      ['destination', '/queue/a'],
      ['colour', 'red'],
      ['colour', 'blue'],
    ] as const;
    await connection.sendFrame({ command: 'SEND', headers });
    assert.deepEqual(broker.session.received('SEND')[0]?.headers.getAll('colour'), ['red', 'blue']);
    await connection.close();
  });

  test('waits for the receipt that it asks for', async () => {
    const { connection, broker } = await scene();
    broker.ignore('ACK');
    const acking = connection.sendFrame(
      { command: 'ACK', headers: { id: 'm-1' } },
      { receipt: true },
    );
    await until(() => broker.session.received('ACK').length === 1, 'it was written');
    const [ack] = broker.session.received('ACK');
    assert.ok(ack);
    assert.ok(ack.headers.has('receipt'));
    broker.session.receipt(ack);
    await acking;
    await connection.close();
  });

  test('with a receipt of its own leaves the RECEIPT to listeners', async () => {
    const { connection, broker } = await scene();
    const receipts: (string | undefined)[] = [];
    connection.onFrame(({ frame }) => {
      if (frame?.command === 'RECEIPT') receipts.push(frame.headers.get('receipt-id'));
    });
    await connection.sendFrame({
      command: 'BEGIN',
      headers: { transaction: 't', receipt: 'mine' },
    });
    await until(() => receipts.length === 1, 'the receipt comes');
    assert.deepEqual(receipts, ['mine']);
    assert.deepEqual(broker.session.commands, ['CONNECT', 'BEGIN']);
    await connection.close();
  });

  test('cannot take a receipt for which the client may wait itself', async () => {
    const { connection } = await scene();
    const frame = { command: 'BEGIN', headers: { transaction: 't', receipt: 'r7' } } as const;
    await assert.rejects(connection.sendFrame(frame), { code: 'STOMP_OPT_INVALID', message: /r7/ });
    await connection.close();
  });

  test('is never written to a later session', async () => {
    const stage = await scene();
    const { connection, broker } = stage;
    broker.ignore('COMMIT');
    const frame = { command: 'COMMIT', headers: { transaction: 't' } } as const;
    const written = connection.sendFrame(frame, { receipt: true });
    await until(() => broker.session.received('COMMIT').length === 1, 'it was written');
    const checked = assert.rejects(written, { code: 'STOMP_NET_MAYBE_DELIVERED' });
    await lose(stage);
    await checked;
    await assert.rejects(connection.sendFrame(frame), { code: 'STOMP_NET_NOT_CONNECTED' });
    await recover(stage);
    assert.deepEqual(broker.session.received('COMMIT'), []);
    await connection.close();
  });

  test('that was not written when the connection was lost is not written later', async () => {
    const stage = await scene();
    const { connection, broker } = stage;
    broker.session.clientTransport.takesMore = false;
    await connection.send('/queue/a', 'fills the transport', { receipt: false });
    const waiting = connection.sendFrame({ command: 'ABORT', headers: { transaction: 't' } });
    const checked = assert.rejects(waiting, { code: 'STOMP_NET_NOT_CONNECTED' });
    await lose(stage);
    await checked;
    await recover(stage);
    assert.deepEqual(broker.session.received('ABORT'), []);
    await connection.close();
  });

  test('that cannot be one is refused', async () => {
    const { connection } = await scene();
    const refused = [
      { command: 'SUBSCRIBE', headers: { id: '1' } },
      { command: 'ACK', headers: { id: '1' }, body: 'x' },
      { command: 'SEND', headers: { destination: '/queue/a' }, body: 'a\0b' },
      { command: 'SEND', headers: { destination: '/queue/a' }, body: { a: 1 } },
      { command: 'SEND', headers: { destination: {} } },
    ];
    for (const frame of refused) {
      await assert.rejects(connection.sendFrame(frame as never), { name: 'OptionsError' });
    }
    await connection.close();
  });
});

describe('a frame listener', () => {
  test('is told of every frame from CONNECT on, without the passcode', async () => {
    const events: FrameEvent[] = [];
    const { connection } = await scene({
      login: 'alice',
      passcode: 'secret',
      onFrame: (event) => events.push(event),
    });
    await connection.send('/queue/a', 'hello');
    await connection.close();
    assert.deepEqual(events.map(lineOf), [
      ...['out CONNECT', 'in CONNECTED', 'out SEND', 'in RECEIPT', 'out DISCONNECT', 'in RECEIPT'],
    ]);
    const [first, , send] = events;
    assert.equal(first?.frame?.headers.get('login'), 'alice');
    assert.equal(first?.frame?.headers.get('passcode'), '***');
    assert.equal(send?.frame?.body, 'hello');
    assert.doesNotMatch(JSON.stringify(events), /secret/);
  });

  test('is told of heart-beats', async () => {
    const { connection, broker, clock } = await scene({
      heartBeat: { outgoingMs: 1000, incomingMs: 0 },
    });
    broker.connected = { ...broker.connected, 'heart-beat': '0,1000' };
    await lose({ broker, connection, clock, events: [] });
    await recover({ broker, connection, clock, events: [] });
    const lines: string[] = [];
    const stop = connection.onFrame((event) => lines.push(lineOf(event)));
    await clock.advance(1000);
    broker.session.writeRaw('\n');
    await until(() => lines.length === 2, 'both beats');
    assert.deepEqual(lines, ['out beat', 'in beat']);
    stop();
    await clock.advance(1000);
    assert.equal(lines.length, 2);
    await connection.close();
  });

  test('that throws stops nothing', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const { connection } = await scene({
      onFrame: () => {
        throw new Error('a broken listener');
      },
    });
    await connection.send('/queue/a', 'hello');
    await connection.close();
    await until(() => warnings.length >= 6, 'each is a warning');
    process.off('warning', onWarning);
    assert.match(String(warnings[0]), /a broken listener/);
  });
});
