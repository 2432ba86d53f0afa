import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lose, recover } from './support/loss.js';
import { scene } from './support/scene.js';
import { until } from './support/scripted-broker.js';

const durable = { durable: 'bills', ack: 'client-individual' } as const;
const deletion = { deleteDurable: true } as const;

describe('deleting a durable subscription', () => {
  test('that was refused leaves a subscription that can be ended', async () => {
    const { connection, broker } = await scene({ profile: 'generic', clientId: 'me' });
    const subscription = await connection.subscribe('/topic/a', durable);
    await assert.rejects(subscription.unsubscribe(deletion), { code: 'STOMP_OPT_UNSAFE' });
    assert.equal(subscription.state, 'active');
    await subscription.unsubscribe();
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await connection.close();
  });

  test('without a connection is refused: the broker would go on keeping messages', async () => {
    const all = await scene({ profile: 'stompbox', clientId: 'me' });
    const subscription = await all.connection.subscribe('/topic/a', durable);
    await lose(all);
    await assert.rejects(subscription.unsubscribe(deletion), { code: 'STOMP_NET_NOT_CONNECTED' });
    await recover(all);
    assert.equal(subscription.state, 'active');
    await subscription.unsubscribe(deletion);
    const [frame] = all.broker.session.received('UNSUBSCRIBE');
    assert.equal(frame?.headers.get('durable-subscription-name'), 'bills');
    await all.connection.close();
  });

  test('whose confirmation a loss cut off may not have happened', async () => {
    const all = await scene({ profile: 'stompbox', clientId: 'me' });
    const { broker, connection } = all;
    const subscription = await connection.subscribe('/topic/a', durable);
    broker.ignore('UNSUBSCRIBE');
    const deleting = assert.rejects(subscription.unsubscribe(deletion), {
      code: 'STOMP_NET_MAYBE_DELIVERED',
    });
    await until(() => broker.session.received('UNSUBSCRIBE').length === 1, 'it is written');
    await lose(all);
    await deleting;
    assert.equal(subscription.state, 'closed');
    await recover(all);
    assert.equal(broker.session.received('SUBSCRIBE').length, 0);
    await connection.close();
  });
});
