import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { transportFactory } from '../../dist/web/open-transport.js';
import { FakeWebSocket } from '../support/fake-websocket.js';

const server = { host: 'mq', port: 15674, isTls: false, webSocketPath: '/ws' };

/** Gives this process the WebSocket of a browser, for one test. */
function withWebSocket(context: TestContext): FakeWebSocket[] {
  const made: FakeWebSocket[] = [];
  const global = globalThis as { WebSocket?: unknown };
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  Object.defineProperty(globalThis, 'WebSocket', {
    configurable: true,
    value: class extends FakeWebSocket {
      constructor(url: string, protocols: readonly string[]) {
        super(url, protocols);
        made.push(this);
      }
    },
  });
  context.after(() => {
    if (before) Object.defineProperty(globalThis, 'WebSocket', before);
    else delete global.WebSocket;
  });
  return made;
}

describe('transports of browsers', () => {
  test('are WebSockets of the page', async (context) => {
    const made = withWebSocket(context);
    const opening = transportFactory({})(server, new AbortController().signal);
    assert.equal(made[0]?.url, 'ws://mq:15674/ws');
    made[0]?.onopen?.();
    const transport = await opening;
    transport.write(new Uint8Array([10]));
    assert.deepEqual(made[0]?.sent, [new Uint8Array([10])]);
  });

  test('write text when told so', async (context) => {
    const made = withWebSocket(context);
    const factory = transportFactory({ webSocket: { format: 'text' } });
    const opening = factory(server, new AbortController().signal);
    made[0]?.onopen?.();
    (await opening).write(new Uint8Array([10]));
    assert.deepEqual(made[0]?.sent, ['\n']);
  });

  test('leave certificates and headers to the browser, and say so', (context) => {
    withWebSocket(context);
    assert.throws(() => transportFactory({ tls: {} }), {
      code: 'STOMP_OPT_INVALID',
      message: /option tls must be left out in browsers/,
    });
    assert.throws(() => transportFactory({ webSocket: { headers: {} } }), {
      code: 'STOMP_OPT_INVALID',
      message: /webSocket.headers must be left out in browsers/,
    });
  });
});
