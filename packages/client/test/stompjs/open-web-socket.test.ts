/** Where the WebSockets of `brokerURL` come from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWebSocket } from '../../dist/stompjs/open-web-socket.js';
import { FakeSocket } from './fake-socket.js';

class Recorded extends FakeSocket {
  readonly options: readonly unknown[];
  constructor(...options: readonly unknown[]) {
    super();
    this.options = options;
  }
}

const missing = () => Promise.reject(new Error('not installed'));

test('the WebSocket of the runtime is used at once, and the package is not looked for', () => {
  const socket = openWebSocket('ws://broker/', ['v12.stomp'], {
    native: () => Recorded,
    load: missing,
  });
  assert.ok(socket instanceof Recorded);
  assert.deepEqual(socket.options, ['ws://broker/', ['v12.stomp']]);
});

test('the package ws is used where the runtime has none', async () => {
  const load = async () => ({ WebSocket: Recorded });
  const socket = await openWebSocket('ws://broker/', ['v12.stomp'], {
    native: () => undefined,
    load,
  });
  assert.ok(socket instanceof Recorded);
  assert.deepEqual(socket.options, ['ws://broker/', ['v12.stomp']]);
});

test('without both, the error says what to install', async () => {
  const opening = openWebSocket('ws://broker/', [], { native: () => undefined, load: missing });
  await assert.rejects(async () => opening, { code: 'STOMP_OPT_PACKAGE' });
});
