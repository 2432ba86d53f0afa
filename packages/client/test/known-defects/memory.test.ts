/** What users of other clients complain about memory: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose } from '../support/loss.js';
import { scene } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';
import { startTcpBroker } from '../support/tcp-broker.js';
import { Tally } from './tally.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use after garbage is gone, buffers included. */
async function usedBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await settle();
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const MIB = 1024 * 1024;

describe('memory does not grow', () => {
  // gdaws/stompit#13, stomp-js/stompjs#253, stompgem/stomp#121, nats-io/nats.node#540
  test('with the number of messages that a subscription gets and acknowledges', async () => {
    const broker = await startTcpBroker();
    const connection = await connect(`stomp://127.0.0.1:${broker.port}`);
    const handled = new Tally();
    const options = { ack: 'client-individual' } as const;
    await connection.subscribe('/queue/a', options, async (message) => {
      await message.ack();
      handled.add();
    });
    const body = new Uint8Array(1000);
    const pass = async () => {
      const goal = handled.count + 2000;
      for (let n = 0; n < 20; n++) {
        await Promise.all(Array.from({ length: 100 }, () => connection.send('/queue/a', body)));
      }
      await handled.reaches(goal);
      // The broker of the test remembers what it was sent.
      broker.frames.length = 0;
    };
    await pass();
    const before = await usedBytes();
    for (let n = 0; n < 5; n++) await pass();
    const growth = (await usedBytes()) - before;
    assert.equal(handled.count, 12_000);
    // A kept message takes more than a kilobyte: ten thousand are more than 10 MiB.
    assert.ok(growth < 4 * MIB, `${(growth / MIB).toFixed(1)} MiB`);
    await connection.close();
    await broker.close();
  });

  // mqttjs/MQTT.js#161, #1535
  test('with the number of sends, subscriptions and transactions that are over', async () => {
    const { connection, broker, clock } = await scene();
    const pass = async () => {
      for (let n = 0; n < 200; n++) {
        const subscription = await connection.subscribe(`/queue/${n}`, {}, () => {});
        const transaction = await connection.begin();
        await transaction.send('/queue/a', 'x'.repeat(1000));
        await transaction.commit();
        await connection.send('/queue/a', 'x'.repeat(1000));
        await subscription.unsubscribe();
      }
      broker.session.frames.length = 0;
      broker.session.clientTransport.writes.length = 0;
      broker.session.transport.writes.length = 0;
    };
    await pass();
    const before = await usedBytes();
    for (let n = 0; n < 10; n++) await pass();
    const growth = (await usedBytes()) - before;
    assert.ok(growth < 2 * MIB, `${(growth / MIB).toFixed(1)} MiB after 2000 of each`);
    await connection.close();
    assert.equal(clock.timerCount, 0);
  });

  // stompgem/stomp#95, mqttjs/MQTT.js#161
  test('with the number of reconnects, nor does the number of timers', async () => {
    const all = await scene({ heartBeat: {} });
    await all.connection.subscribe('/queue/a', {}, () => {});
    const timers: number[] = [];
    for (let n = 0; n < 20; n++) {
      await lose(all);
      while (all.connection.state !== 'connected') await all.clock.advance(1000);
      timers.push(all.clock.timerCount);
    }
    assert.equal(new Set(timers.slice(1)).size, 1, timers.join());
    await all.connection.close();
    assert.equal(all.clock.timerCount, 0);
  });
});

describe('listeners do not pile up', () => {
  // gdaws/stompit#37
  test('with acknowledgements, and Node has nothing to warn of', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const { connection, broker } = await scene();
    const options = { ack: 'client-individual' } as const;
    let acked = 0;
    const { id } = await connection.subscribe('/queue/a', options, async (message) => {
      await message.ack({ receipt: true });
      acked++;
    });
    for (let n = 0; n < 500; n++) broker.session.message(id, `${n}`);
    await until(() => acked === 500, 'all are acknowledged');
    await connection.close();
    await settle();
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  // amqp-node/amqplib#841: what waits for an answer must not stay behind when it has come
  test('on a signal that is used for thousands of operations', async () => {
    const { signal } = new AbortController();
    const { connection } = await scene();
    for (let n = 0; n < 50; n++) {
      await Promise.all(
        Array.from({ length: 20 }, () => connection.send('/queue/a', 'x', { signal })),
      );
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await connection.close();
  });
});
