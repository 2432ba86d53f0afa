/** What callbacks of the application do while the client is in the middle of something. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import { lose, recover } from './support/loss.js';
import { scene, stage } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

/** Written at once. */
const LARGE = 'x'.repeat(20_000);

describe('while a frame is written, whoever hears of it', () => {
  test('may send', async () => {
    const { connection, broker } = await scene();
    const sends: Promise<void>[] = [];
    connection.onFrame(({ direction, frame }) => {
      if (direction === 'out' && frame?.body === '1')
        sends.push(connection.send('/queue/a', LARGE));
    });
    await Promise.all(['1', '2'].map((body) => connection.send('/queue/a', body)));
    await Promise.all(sends);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2', LARGE]);
    await connection.close();
  });

  test('may give another one up', async () => {
    const { connection, broker } = await scene();
    const giving = new AbortController();
    connection.onFrame(({ frame }) => {
      if (frame?.body === '1') giving.abort(new Error('enough'));
    });
    const first = connection.send('/queue/a', '1');
    const second = assert.rejects(
      connection.send('/queue/a', '2', { signal: giving.signal }),
      giving.signal.reason,
    );
    await first;
    await second;
    assert.equal(connection.stats().unansweredFrames, 0);
    assert.equal(broker.session.received('SEND').length, 2);
    await connection.close();
  });
});

test('a SUBSCRIBE that waits for others to be back can be given up as they are', async () => {
  const giving = new AbortController();
  const all = await scene();
  const { connection, broker } = all;
  await connection.subscribe('/queue/a');
  await lose(all);
  broker.ignore('SUBSCRIBE');
  await all.clock.advance(100);
  await until(() => broker.session.received('SUBSCRIBE').length === 1, 'the first one');
  const subscribing = assert.rejects(connection.subscribe('/queue/b', { signal: giving.signal }), {
    message: 'enough',
  });
  connection.onStatus(({ type }) => {
    if (type === 'connected') giving.abort(new Error('enough'));
  });
  for (const frame of broker.session.received('SUBSCRIBE')) broker.session.receipt(frame);
  await subscribing;
  await connection.send('/queue/a', 'goes on');
  assert.deepEqual(broker.session.commands, ['CONNECT', 'SUBSCRIBE', 'SEND']);
  await connection.close();
});

describe('between the cut of a session and its close', () => {
  test('nothing is written that would be lost', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const { clientTransport } = broker.session;
    const destroy = clientTransport.destroy.bind(clientTransport);
    let close = () => {};
    // As with a socket, whose close comes after a turn of the loop.
    clientTransport.destroy = (error) => {
      close = () => destroy(error);
    };
    broker.session.writeRaw('NONSENSE\n\n\0');
    let isTold = false;
    await new Promise((resolve) => setImmediate(resolve));
    const unconfirmed = connection.send('/queue/a', '1', { receipt: false });
    const confirmed = connection.send('/queue/a', '2');
    unconfirmed.then(() => {
      isTold = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isTold, false);
    close();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await recover(all);
    await Promise.all([unconfirmed, confirmed]);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2']);
    await connection.close();
  });
});

test('connecting can be given up by whoever hears that it begins', async () => {
  const { broker, options } = stage();
  const giving = new AbortController();
  const connecting = connect('stomp://broker:61613', {
    ...options,
    signal: giving.signal,
    onStatus: ({ type }) => {
      if (type === 'connecting') giving.abort(new Error('enough'));
    },
  });
  await assert.rejects(connecting, { message: 'enough' });
  assert.deepEqual(broker.attempts, []);
});
