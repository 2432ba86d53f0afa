import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { profileOf } from '@stompbox/client';
import { withDedup } from '../../dist/message/with-dedup.js';

describe('the name of a message', () => {
  test('is left to the client where the broker knows repetitions by it', () => {
    const options = { dedupId: 'order-17' };
    assert.equal(withDedup(options, profileOf('stompbox')), options);
  });

  test('is a plain header for the receiver elsewhere, and never made up', () => {
    const named = withDedup({ dedupId: 'order-17' }, profileOf('activemq'));
    assert.deepEqual(named, { headers: { 'dedup-id': 'order-17' } });
    assert.deepEqual(withDedup({}, profileOf('activemq')), {});
  });

  test('is made up for RabbitMQ, whose own ids name deliveries', () => {
    const names = [1, 2].map(() => withDedup({}, profileOf('rabbitmq')).headers?.['dedup-id']);
    assert.match(String(names[0]), /^[0-9a-f-]{36}$/);
    assert.notEqual(names[0], names[1]);
    const own = withDedup({ headers: { 'dedup-id': 'own' } }, profileOf('rabbitmq'));
    assert.deepEqual(own.headers, { 'dedup-id': 'own' });
  });
});
