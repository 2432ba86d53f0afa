import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTarget } from '../../dist/target.js';
import { openWebSocket } from '../../dist/transport/open-websocket.js';
import { FakeWebSocket } from '../support/fake-websocket.js';

/** Both kinds of WebSocket, as fakes that remember what was made of them. */
function sources() {
  const native: FakeWebSocket[] = [];
  const loaded: FakeWebSocket[] = [];
  class NativeSocket extends FakeWebSocket {
    constructor(url: string, protocols: readonly string[]) {
      super(url, protocols);
      native.push(this);
    }
  }
  class LoadedSocket extends FakeWebSocket {
    constructor(url: string, protocols: readonly string[], options: unknown) {
      super(url, protocols, options);
      loaded.push(this);
    }
  }
  return {
    native,
    loaded,
    both: { native: () => NativeSocket, load: async () => ({ WebSocket: LoadedSocket }) },
    onlyPackage: { native: () => undefined, load: async () => ({ WebSocket: LoadedSocket }) },
  };
}

function address(url: string) {
  const [server] = parseTarget(url).servers;
  assert.ok(server);
  return server.address;
}

const never = new AbortController().signal;

describe('opening a WebSocket', () => {
  test('offers the sub-protocols of all versions of STOMP', async () => {
    const { native, both } = sources();
    const opening = openWebSocket(address('wss://mq/stomp?a=b'), {}, {}, never, both);
    const [socket] = native;
    assert.equal(socket?.url, 'wss://mq:443/stomp?a=b');
    assert.deepEqual(socket?.protocols, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
    assert.equal(socket?.binaryType, 'arraybuffer');
    socket?.onopen?.();
    assert.equal((await opening).peer, 'wss://mq:443/stomp');
  });

  test('an IPv6 address keeps its brackets', () => {
    const { native, both } = sources();
    openWebSocket(address('ws://[::1]:15674'), {}, {}, never, both);
    assert.equal(native[0]?.url, 'ws://[::1]:15674/');
  });

  test('takes the package ws where the runtime has none', async () => {
    const { loaded, onlyPackage } = sources();
    const opening = openWebSocket(address('ws://mq'), {}, {}, never, onlyPackage);
    await Promise.resolve();
    await Promise.resolve();
    loaded[0]?.onopen?.();
    assert.equal((await opening).peer, 'ws://mq:80/');
  });

  test('takes the package ws for headers and certificates, which no other can be given', async () => {
    const { native, loaded, both } = sources();
    const options = { headers: { authorization: 'Bearer t' } };
    const opening = openWebSocket(address('wss://mq'), options, { ca: 'PEM' }, never, both);
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(native, []);
    assert.deepEqual(loaded[0]?.options, {
      headers: { authorization: 'Bearer t' },
      ca: 'PEM',
      perMessageDeflate: false,
    });
    loaded[0]?.onopen?.();
    await opening;
  });

  test('without any WebSocket says what to install', async () => {
    const missing = { native: () => undefined, load: () => Promise.reject(new Error('not there')) };
    await assert.rejects(openWebSocket(address('ws://u:s3cret@mq'), {}, {}, never, missing), {
      name: 'OptionsError',
      code: 'STOMP_OPT_PACKAGE',
      message: /ws:\/\/mq:80\/ needs the package ws: .*npm install ws/,
    });
  });

  test('that fails rejects with the error of the runtime, or else with the close', async () => {
    const { native, both } = sources();
    const first = openWebSocket(address('ws://mq'), {}, {}, never, both);
    const error = new Error('connect ECONNREFUSED');
    native[0]?.onerror?.({ error });
    native[0]?.closed(1006);
    await assert.rejects(first, error);
    const second = openWebSocket(address('ws://mq'), {}, {}, never, both);
    native[1]?.onerror?.({ error: new TypeError('') });
    native[1]?.closed(1006);
    await assert.rejects(second, /closed with code 1006$/);
  });

  test('is given up when the signal says so', async () => {
    const { native, both } = sources();
    const stop = new AbortController();
    const opening = openWebSocket(address('ws://mq'), {}, {}, stop.signal, both);
    stop.abort(new Error('enough'));
    await assert.rejects(opening, { message: 'enough' });
    assert.equal(native[0]?.closes.length, 1);
    await assert.rejects(openWebSocket(address('ws://mq'), {}, {}, stop.signal, both), {
      message: 'enough',
    });
    assert.equal(native.length, 1);
  });

  test('with format text writes one text message per frame', async () => {
    const { native, both } = sources();
    const opening = openWebSocket(address('ws://mq'), { format: 'text' }, {}, never, both);
    native[0]?.onopen?.();
    const transport = await opening;
    transport.write(Buffer.from('SEND\n\nä\0\nACK\nid:1\n\n\0'));
    transport.write(Buffer.from('\n'));
    assert.deepEqual(native[0]?.sent, ['SEND\n\nä\0\n', 'ACK\nid:1\n\n\0', '\n']);
  });
});
