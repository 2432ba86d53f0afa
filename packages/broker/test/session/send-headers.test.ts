/** What the headers of a SEND become on its MESSAGE, for consumers of every version. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { brokerScene } from '../broker-scene.js';
import type { Headers, Received } from '../stomp-client.js';

/** Sends one message and returns it as a consumer sees it. */
async function sent(
  t: Parameters<typeof brokerScene>[0],
  headers: Headers,
  { destination = '/queue/a', sender = '1.2', consumer = '1.2' }: Partial<Route> = {},
): Promise<Received> {
  const scene = await brokerScene(t);
  const receiving = await scene.client(consumer);
  await receiving.subscribes(destination);
  await (await scene.client(sender)).sends(destination, 'body', headers);
  return receiving.nextMessage();
}

interface Route {
  readonly destination: string;
  readonly sender: StompVersion;
  readonly consumer: StompVersion;
}

describe('a MESSAGE', () => {
  test('always has destination, message-id, subscription, timestamp, expires and priority', async (t) => {
    const { headers } = await sent(t, {});
    assert.match(headers['message-id'] ?? '', /^ID-[0-9a-f]+-\d+$/);
    const { 'message-id': _id, ...others } = headers;
    assert.deepEqual(
      { ...others },
      {
        destination: '/queue/a',
        subscription: 's',
        timestamp: '1000000',
        expires: '0',
        priority: '4',
        persistent: 'true',
      },
    );
  });

  test('has ids that differ from message to message', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    for (let count = 0; count < 100; count++) client.frame('SEND', { destination: '/queue/a' });
    const messages = await client.nextMessages(100);
    assert.equal(new Set(messages.map(({ headers }) => headers['message-id'])).size, 100);
  });

  test('keeps user headers as they are, in their order', async (t) => {
    const user = {
      'reply-to': 'JustAString',
      'correlation-id': 'c1',
      type: 't345',
      foo: ' spaces kept ',
      empty: '',
      'content-type': 'application/json',
      id: 'mine',
      browser: 'x',
      __proto__x: '1',
      JMSXGroupID: 'g',
      'ünï cödé': '🙂',
    };
    const { lines } = await sent(t, user);
    const names = Object.keys(user);
    const kept = lines.filter(([name]) => names.includes(name));
    assert.deepEqual(kept, Object.entries(user));
  });

  test('keeps repeated headers in their order, so that the first one counts', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a');
    client.writes(
      'SEND\ndestination:/queue/a\ndestination:/queue/b\nvalue:newest\nvalue:older\n' +
        'priority:1\npriority:9\npersistent:false\npersistent:true\n\n\0',
    );
    const { headers, lines } = await client.nextMessage();
    assert.deepEqual(
      [headers['value'], headers['destination'], headers['priority'], headers['persistent']],
      ['newest', '/queue/a', '1', undefined],
    );
    const values = lines.filter(([name]) => name === 'value').map(([, value]) => value);
    assert.deepEqual(values, ['newest', 'older']);
  });
});

describe('the headers of the broker', () => {
  test('cannot be set by a sender', async (t) => {
    const { headers, lines } = await sent(t, {
      'message-id': 'spoofed',
      subscription: 'spoofed',
      ack: 'spoofed',
      redelivered: 'true',
      JMSXUserID: 'admin',
    });
    assert.notEqual(headers['message-id'], 'spoofed');
    assert.equal(headers['subscription'], 's');
    for (const name of ['ack', 'redelivered', 'JMSXUserID']) assert.equal(headers[name], undefined);
    assert(!JSON.stringify(lines).includes('spoofed'));
  });

  test('cannot be set by a sender that knows the escapes of a name', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.2');
    await client.subscribes('/queue/a');
    client.writes('SEND\ndestination:/queue/a\nredelivered\\ctrue\\nx:1\n\n\0');
    const { headers } = await client.nextMessage();
    assert.equal(headers['redelivered'], undefined);
    assert.equal(headers['redelivered:true\nx'], '1');
  });

  test('leave out transaction', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a');
    client.frame('BEGIN', { transaction: 't' });
    client.frame('SEND', { destination: '/queue/a', transaction: 't' });
    client.frame('COMMIT', { transaction: 't' });
    assert.equal((await client.nextMessage()).headers['transaction'], undefined);
  });
});

describe('priority', () => {
  for (const [value, kept] of [
    ['0', '0'],
    ['9', '9'],
    ['10', '9'],
    ['-1', '0'],
    ['+7', '7'],
    [' 5 ', '5'],
    ['999999999999999', '9'],
  ] as const) {
    test(`"${value}" becomes ${kept}`, async (t) => {
      assert.equal((await sent(t, { priority: value })).headers['priority'], kept);
    });
  }
});

describe('numbers', () => {
  for (const name of ['priority', 'expires', 'timestamp']) {
    for (const value of ['abc', '', '3.5', '1e3', '9'.repeat(16)]) {
      test(`${name}:"${value.slice(0, 5)}" is refused by name`, async (t) => {
        const client = await (await brokerScene(t)).client();
        client.frame('SEND', { destination: '/queue/a', [name]: value, receipt: 'r' });
        const { headers } = await client.expectsError('STOMP_PROTO_BAD_HEADER');
        assert.match(headers['message'] ?? '', new RegExp(`header ${name} must be a whole number`));
        assert.equal(headers['receipt-id'], 'r');
      });
    }
  }

  test('timestamp and expires are the sender business', async (t) => {
    const { headers } = await sent(t, { timestamp: 1234, expires: 99_999_999_999_999 });
    assert.deepEqual([headers['timestamp'], headers['expires']], ['1234', '99999999999999']);
  });
});

describe('persistent', () => {
  for (const [destination, value, kept] of [
    ['/queue/a', undefined, 'true'],
    ['/queue/a', 'true', 'true'],
    ['/queue/a', 'false', undefined],
    ['/queue/a', 'no', 'true'],
    ['/topic/a', undefined, undefined],
    ['/topic/a', 'true', 'true'],
    ['/topic/a', 'TRUE', undefined],
  ] as const) {
    test(`${value ?? 'left out'} to ${destination} becomes ${kept ?? 'no header'}`, async (t) => {
      const { headers } = await sent(t, { persistent: value }, { destination });
      assert.equal(headers['persistent'], kept);
    });
  }
});

const NASTY = { 'a:b': 'c:d', lf: 'one\ntwo:2', cr: 'one\rtwo', back: 'a\\nb', both: '\\\r\n:' };

describe('headers that 1.2 escapes', () => {
  test('reach a 1.2 consumer as they were sent', async (t) => {
    const { headers } = await sent(t, NASTY);
    for (const [name, value] of Object.entries(NASTY)) assert.equal(headers[name], value);
  });

  test('reach a 1.1 consumer as they were sent', async (t) => {
    const { headers } = await sent(t, NASTY, { consumer: '1.1' });
    for (const [name, value] of Object.entries(NASTY)) assert.equal(headers[name], value);
  });

  test('reach a 1.0 consumer without a way to add headers', async (t) => {
    const { headers, lines } = await sent(
      t,
      { ...NASTY, evil: 'x\nredelivered:true\n\nbody' },
      { consumer: '1.0' },
    );
    assert.equal(headers['redelivered'], undefined);
    assert.equal(headers['evil'], 'x\\nredelivered:true\\n\\nbody');
    assert.equal(headers['cr'], 'one\\rtwo');
    assert.equal(headers['a\\cb'], 'c:d');
    assert.deepEqual(
      lines.filter(([, value]) => value.includes('\n')),
      [],
    );
  });

  for (const [sender, consumer] of [
    ['1.1', '1.0'],
    ['1.1', '1.2'],
    ['1.0', '1.1'],
    ['1.0', '1.2'],
  ] as const) {
    test(`keep a colon in a value from ${sender} to ${consumer}`, async (t) => {
      const { headers } = await sent(t, { url: 'http://a:1/b' }, { sender, consumer });
      assert.equal(headers['url'], 'http://a:1/b');
    });
  }

  test('reach every version from 1.0 literally, as 1.0 has no escapes', async (t) => {
    for (const consumer of ['1.0', '1.1', '1.2'] as const) {
      const { headers } = await sent(t, { text: 'a\\nb\\cc\\x' }, { sender: '1.0', consumer });
      assert.equal(headers['text'], 'a\\nb\\cc\\x');
    }
  });

  test('work in the id of a subscription and in a destination', async (t) => {
    for (const version of ['1.1', '1.2'] as const) {
      const client = await (await brokerScene(t)).client(version);
      await client.subscribes('/queue/x\ny:z', { id: 's:1\nredelivered:true ü' });
      await client.sends('/queue/x\ny:z');
      const { headers } = await client.nextMessage();
      assert.equal(headers['subscription'], 's:1\nredelivered:true ü');
      assert.equal(headers['destination'], '/queue/x\ny:z');
      assert.equal(headers['redelivered'], undefined);
    }
  });

  for (const [version, sequence] of [
    ['1.1', '\\t'],
    ['1.1', '\\r'],
    ['1.2', '\\t'],
  ] as const) {
    test(`do not include ${sequence} in ${version}, which is refused`, async (t) => {
      const client = await (await brokerScene(t)).client(version);
      client.writes(`SEND\ndestination:/queue/a\nfoo:a${sequence}b\n\n\0`);
      await client.expectsError('STOMP_FRAME_BAD_ESCAPE');
    });
  }
});
