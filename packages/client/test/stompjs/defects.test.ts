/** What users of stompjs report, and must not happen here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { IMessage } from '@stompbox/client/stompjs';
import { settle } from '../support/fake-clock.js';
import { messageFor } from './fake-socket.js';
import { connectedStage, Stage } from './stage.js';

async function receive(text: string, connected?: string): Promise<IMessage> {
  const { client, socket } = await connectedStage({}, connected);
  const messages: IMessage[] = [];
  client.subscribe('/queue/a', (message) => messages.push(message), { id: 's' });
  await socket.receive(text);
  const [message] = messages;
  assert.ok(message);
  return message;
}

describe('headers', () => {
  test('with backslashes arrive as they were sent', async () => {
    const { headers } = await receive(messageFor('s', '', 'path:C\\c\\\\new\\\\raw\n'));
    assert.equal(headers['path'], 'C:\\new\\raw');
  });

  test('with backslashes, colons and line ends leave so that they can be read back', async () => {
    const { client, socket } = await connectedStage();
    const value = 'C:\\new\\raw\r\n \\c';
    client.publish({ destination: '/queue/a', headers: { 'a:b\n': value } });
    const [sent] = socket.received('SEND');
    assert.equal(sent?.headers.get('a:b\n'), value);
  });

  test('are escaped on STOMP 1.1 too', async () => {
    const { client, socket } = await connectedStage({}, 'version:1.1\n');
    client.publish({ destination: '/queue/a', headers: { a: 'x\nb:y' } });
    assert.match(socket.text, /\na:x\\nb\\cy\n/);
  });

  test('keep their spaces', async () => {
    const { headers } = await receive(messageFor('s', '', ' name : value \n'));
    assert.equal(headers[' name '], ' value ');
  });

  test('that are repeated have their first value, and none reaches a prototype', async () => {
    const { headers } = await receive(messageFor('s', '', 'a:1\na:2\n__proto__:x\n'));
    assert.equal(headers['a'], '1');
    assert.equal(Object.getPrototypeOf(headers), Object.prototype);
    assert.ok(Object.hasOwn(headers, '__proto__'));
  });

  test('of the caller are not changed', async () => {
    const { client } = await connectedStage();
    const headers = Object.freeze({ custom: 'x' });
    client.publish({ destination: '/queue/a', headers, body: 'b', skipContentLengthHeader: true });
    client.subscribe('/queue/a', () => {}, headers);
    assert.deepEqual(headers, { custom: 'x' });
  });

  test('that have no value are left out', async () => {
    const { client, socket } = await connectedStage();
    const headers = { a: undefined, b: null, c: 0 } as unknown as Record<string, string>;
    client.publish({ destination: '/queue/a', headers });
    const names = [...(socket.received('SEND')[0]?.headers ?? [])].map(([name]) => name);
    assert.deepEqual(names, ['destination', 'c']);
  });

  test('never carry a content-length that does not fit', async () => {
    const { client, socket } = await connectedStage();
    client.publish({ destination: '/queue/a', headers: { 'content-length': '2' }, body: 'grüße' });
    assert.deepEqual(socket.received('SEND')[0]?.headers.getAll('content-length'), ['7']);
  });
});

describe('bodies', () => {
  test('keep a byte order mark', async () => {
    assert.equal((await receive(messageFor('s', '\ufeffx'))).body, '\ufeffx');
  });

  test('with NUL are refused where nothing would say how long they are', async () => {
    const { client, socket } = await connectedStage();
    const publish = () =>
      client.publish({ destination: '/queue/a', body: 'a\0b', skipContentLengthHeader: true });
    assert.throws(publish, { code: 'STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH' });
    assert.equal(socket.received('SEND').length, 0);
  });

  test('that are objects are refused instead of being sent as [object Object]', async () => {
    const { client } = await connectedStage();
    const body = { a: 1 } as unknown as string;
    assert.throws(() => client.publish({ destination: '/queue/a', body }), {
      code: 'STOMP_OPT_BODY',
    });
  });

  test('are cut into pieces without cutting a character', async () => {
    const { client, socket } = await connectedStage({
      splitLargeFrames: true,
      maxWebSocketChunkSize: 3,
    });
    client.publish({ destination: '/queue/a', body: '😀😀😀😀' });
    assert.ok(socket.sent.every((piece) => !/[\uD800-\uDBFF]$/.test(String(piece))));
    assert.ok(socket.text.endsWith('\n\n😀😀😀😀\0'));
    assert.equal(Math.max(...socket.sent.slice(1).map((piece) => String(piece).length)), 3);
  });
});

describe('receipts', () => {
  test('that are lost with their connection are told of', async () => {
    const lost: [string, string][] = [];
    const { client, socket } = await connectedStage({
      onReceiptLost: (receiptId, { message }) => lost.push([receiptId, message]),
    });
    socket.isAlive = false;
    client.watchForReceipt('r', () => assert.fail('nothing was confirmed'));
    client.publish({ destination: '/queue/a', headers: { receipt: 'r' } });
    await socket.lose();
    assert.equal(lost[0]?.[0], 'r');
    assert.match(lost[0]?.[1] ?? '', /was lost/);
    assert.doesNotMatch(lost[0]?.[1] ?? '', /secret/);
  });

  test('come to whoever watched for them when the message is sent again', async () => {
    const { stage, client, socket, clock } = await connectedStage({ reconnectDelay: 100 });
    const receipts: unknown[] = [];
    client.watchForReceipt('r', (frame) => receipts.push(frame.headers['receipt-id']));
    await socket.lose();
    await clock.advance(100);
    await stage.accept();
    client.publish({ destination: '/queue/a', headers: { receipt: 'r' } });
    await settle();
    assert.deepEqual(receipts, ['r']);
  });

  test('may be watched for again by whoever gets one', async () => {
    const { client } = await connectedStage();
    const publish = () => client.publish({ destination: '/queue/a', headers: { receipt: 'r' } });
    let count = 0;
    const watch = () => {
      count++;
      if (count === 2) return;
      client.watchForReceipt('r', watch);
      publish();
    };
    client.watchForReceipt('r', watch);
    publish();
    await settle();
    assert.equal(count, 2);
  });
});

describe('deactivate()', () => {
  test('ends in time on a link that is dead', async () => {
    const { client, socket, clock, told } = await connectedStage();
    socket.isAlive = false;
    let isDone = false;
    const done = client.deactivate().then(() => {
      isDone = true;
    });
    await clock.advance(4999);
    assert.equal(isDone, false);
    await clock.advance(1);
    await done;
    assert.deepEqual(told, ['connected', 'closed 4001']);
  });

  test('ends in time when the broker confirms and the socket does not close', async () => {
    const { client, socket, clock } = await connectedStage();
    const done = client.deactivate();
    socket.isAlive = true;
    socket.close = () => {};
    await settle();
    await clock.advance(2000);
    await done;
    assert.equal(client.connected, false);
  });

  test('ends at once before the broker has answered CONNECT', async () => {
    const stage = new Stage();
    stage.client.activate();
    await settle();
    stage.socket.isAlive = false;
    await stage.socket.open();
    await stage.client.deactivate();
    assert.deepEqual(stage.told, ['closed 4001']);
  });

  test('called twice is done twice', async () => {
    const { client } = await connectedStage();
    await Promise.all([client.deactivate(), client.deactivate(), client.deactivate()]);
    assert.equal(client.active, false);
  });

  test('and activate() while it prepares make one connection', async () => {
    const waiting: (() => void)[] = [];
    const stage = new Stage({
      beforeConnect: () => new Promise<void>((resolve) => waiting.push(resolve)),
    });
    stage.client.activate();
    await stage.client.deactivate();
    stage.client.activate();
    for (const proceed of waiting) proceed();
    await settle();
    assert.equal(stage.sockets.length, 1);
  });
});

describe('a failure', () => {
  test('of a link that is silent is noticed without waiting for its close', async () => {
    const { stage, socket, clock, told } = await connectedStage(
      { heartbeatIncoming: 1000, reconnectDelay: 10, onHeartbeatLost: () => told.push('silent') },
      'version:1.2\nheart-beat:1000,0\n',
    );
    socket.isAlive = false;
    await clock.advance(3100);
    assert.deepEqual(told, ['connected', 'silent', 'closed 4001']);
    assert.equal(stage.sockets.length, 2);
  });

  test('of beforeConnect is followed by another attempt', async () => {
    let attempts = 0;
    const errors: string[] = [];
    const stage = new Stage({
      beforeConnect: async () => {
        attempts++;
        if (attempts === 1) throw new Error('no token');
      },
      onWebSocketError: ({ message }) => errors.push(message),
    });
    stage.client.activate();
    await settle();
    await stage.clock.advance(5000);
    await stage.accept();
    assert.deepEqual(errors, ['no token']);
    assert.deepEqual(stage.told, ['closed 1006', 'connected']);
  });

  test('of a callback disturbs nobody and is not lost', async () => {
    const { client, socket } = await connectedStage();
    const bodies: string[] = [];
    const warned = once(process, 'warning');
    client.subscribe(
      '/queue/a',
      ({ body }) => {
        bodies.push(body);
        if (body === 'bad') throw new Error('the handler failed');
      },
      { id: 's' },
    );
    await socket.receive(messageFor('s', 'bad') + messageFor('s', 'good'));
    assert.deepEqual(bodies, ['bad', 'good']);
    assert.match(String(await warned), /the handler failed/);
  });

  test('of an asynchronous callback does not end the process', async () => {
    const { client, socket } = await connectedStage();
    const warned = once(process, 'warning');
    const handle = async () => {
      throw new Error('the handler failed later');
    };
    client.subscribe('/queue/a', handle, { id: 's' });
    await socket.receive(messageFor('s', 'bad'));
    assert.match(String(await warned), /the handler failed later/);
    assert.equal(client.connected, true);
  });
});

test('an ACK for a message of an earlier connection is not sent on the next one', async () => {
  const { stage, client, socket, clock } = await connectedStage({ reconnectDelay: 10 });
  const messages: IMessage[] = [];
  const subscription = client.subscribe('/queue/a', (message) => messages.push(message), {
    id: 's',
  });
  await socket.receive(messageFor('s', 'x'));
  await socket.lose();
  await clock.advance(10);
  const next = await stage.accept();
  messages[0]?.ack();
  messages[0]?.nack();
  subscription.unsubscribe();
  assert.deepEqual(
    next.frames.map(({ command }) => command),
    ['CONNECT'],
  );
});

test('a subscription never gets the id of another one', async () => {
  const { client } = await connectedStage();
  const own = client.subscribe('/queue/a', () => {}, { id: 'sub-0' });
  assert.notEqual(client.subscribe('/queue/b', () => {}).id, own.id);
});

test('the passcode is never given to debug', async () => {
  for (const logRawCommunication of [false, true]) {
    const lines: string[] = [];
    const connectHeaders = { login: 'ann', passcode: 'geheim' };
    const debug = (line: string) => lines.push(line);
    const { socket } = await connectedStage({ connectHeaders, debug, logRawCommunication });
    assert.equal(socket.frames[0]?.headers.get('passcode'), 'geheim');
    assert.ok(lines.some((line) => line.includes('passcode:***')));
    assert.doesNotMatch(lines.join('\n'), /geheim|secret/);
  }
});
