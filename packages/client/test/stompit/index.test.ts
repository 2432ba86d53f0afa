import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as stompit from '@stompbox/client/stompit';

test('the adapter exports what stompit documents, and nothing else', () => {
  assert.deepEqual(Object.keys(stompit).sort(), [
    'Channel',
    'ChannelFactory',
    'ChannelPool',
    'Client',
    'ConnectFailover',
    'connect',
  ]);
});
