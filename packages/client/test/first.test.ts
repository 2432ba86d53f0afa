import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/fake-clock.js';
import { scene } from './support/scene.js';

test('smoke', async () => {
  const { connection, broker } = await scene();
  assert.equal(connection.state, 'connected');
  await connection.send('/queue/a', 'hi');
  const got: string[] = [];
  const sub = await connection.subscribe('/queue/a', { ack: 'client-individual' }, async (m) => {
    got.push(m.text());
    await m.ack();
  });
  broker.session.message(sub.id, 'm1');
  await settle();
  await connection.close();
  assert.deepEqual(got, ['hello']);
  assert.deepEqual(broker.session.commands, ['CONNECT', 'SEND', 'SUBSCRIBE', 'ACK', 'DISCONNECT']);
});
