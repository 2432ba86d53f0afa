/** JMS' headers on a SEND: by STOMP's names, by JMS' own, and what the broker alone may say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerOptions } from '@stompbox/broker';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { Headers, Received } from '../stomp-client.js';

const NOW = 1_000_000;

/** Sends one message to a queue and returns it as a consumer sees it. */
async function sent(
  t: Parameters<typeof brokerScene>[0],
  headers: Headers,
  options: BrokerOptions = {},
): Promise<Received> {
  const client = await (await brokerScene(t, options)).client('1.2', { login: 'system' });
  await client.subscribes('/queue/a');
  await client.sends('/queue/a', 'body', headers);
  return client.nextMessage();
}

describe("JMS' own name", () => {
  for (const [name, value, shownAs, shown] of [
    ['JMSCorrelationID', 'c1', 'correlation-id', 'c1'],
    ['JMSType', 't1', 'type', 't1'],
    ['JMSPriority', '2', 'priority', '2'],
    ['JMSPriority', '12', 'priority', '9'],
    ['JMSTimestamp', '1234', 'timestamp', '1234'],
    ['JMSExpiration', '99999999999', 'expires', '99999999999'],
    ['JMSReplyTo', 'topic://news', 'reply-to', '/topic/news'],
    ['JMSReplyTo', 'queue://orders', 'reply-to', '/queue/orders'],
    ['JMSReplyTo', 'orders', 'reply-to', '/queue/orders'],
    ['JMSReplyTo', '/queue/orders', 'reply-to', '/queue/orders'],
  ] as const) {
    test(`${name}:${value} is shown as ${shownAs}:${shown}, and wins over it in any order`, async (t) => {
      const other = shownAs === 'priority' ? '7' : '5555555555555';
      for (const headers of [
        { [name]: value },
        { [name]: value, [shownAs]: other },
        { [shownAs]: other, [name]: value },
      ]) {
        const { headers: found, lines } = await sent(t, headers);
        assert.equal(found[shownAs], shown);
        assert.equal(lines.filter(([line]) => line === shownAs || line === name).length, 1);
      }
    });
  }

  for (const [mode, persistent] of [
    ['2', 'true'],
    ['PERSISTENT', 'true'],
    ['true', 'true'],
    ['1', undefined],
    ['NON_PERSISTENT', undefined],
    ['false', undefined],
  ] as const) {
    test(`JMSDeliveryMode:${mode} decides whether it is persistent`, async (t) => {
      const opposite = persistent === 'true' ? 'false' : 'true';
      const { headers } = await sent(t, { persistent: opposite, JMSDeliveryMode: mode });
      assert.deepEqual(
        [headers['persistent'], headers['JMSDeliveryMode']],
        [persistent, undefined],
      );
    });
  }

  test('that is repeated counts by its first value', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    client.writes('SEND\ndestination:/queue/a\nJMSPriority:1\nJMSPriority:8\n\n\0');
    assert.equal((await client.nextMessage()).headers['priority'], '1');
  });

  for (const headers of [
    { JMSPriority: 'high' },
    { JMSExpiration: '' },
    { JMSTimestamp: 'today' },
    { JMSDeliveryMode: '3' },
    { JMSXGroupSeq: 'one' },
  ]) {
    test(`with a wrong value is refused: ${JSON.stringify(headers)}`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SEND', { destination: '/queue/a', ...headers });
      const error = await client.expectsError('STOMP_PROTO_BAD_HEADER');
      assert(error.headers['message']?.includes(Object.keys(headers)[0] ?? ''));
    });
  }

  test('of what has no STOMP name is a user header', async (t) => {
    const { headers } = await sent(t, { JMSMessageID: 'm', JMSDestination: 'd', JMSXGroupID: 'g' });
    assert.deepEqual(
      [headers['JMSMessageID'], headers['JMSDestination'], headers['JMSXGroupID']],
      ['m', 'd', 'g'],
    );
  });

  test('of what the broker counts is left out', async (t) => {
    const { headers } = await sent(t, { JMSRedelivered: 'true', JMSXDeliveryCount: '5' });
    for (const name of ['redelivered', 'JMSRedelivered', 'JMSXDeliveryCount']) {
      assert.equal(headers[name], undefined);
    }
  });
});

describe('expires', () => {
  for (const [value, shown] of [
    [undefined, '0'],
    ['0', '0'],
    ['-5', '0'],
    [String(NOW + 1), String(NOW + 1)],
  ] as const) {
    test(`${value ?? 'left out'} is ${shown}`, async (t) => {
      assert.equal((await sent(t, { expires: value })).headers['expires'], shown);
    });
  }

  test('is past in the very millisecond that it names', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', '', { JMSExpiration: scene.clock.now() });
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 1);
  });
});

describe('JMSXUserID', () => {
  test('is the login of the sender when the broker is told to say it', async (t) => {
    const { lines } = await sent(t, { JMSXUserID: 'spoofed' }, { populateUserId: true });
    const values = lines.filter(([name]) => name === 'JMSXUserID').map(([, value]) => value);
    assert.deepEqual(values, ['system']);
  });

  test('is left out otherwise, also when the sender says one', async (t) => {
    assert.equal((await sent(t, { JMSXUserID: 'spoofed' })).headers['JMSXUserID'], undefined);
  });

  test('is escaped like any header', async (t) => {
    const client = await (await brokerScene(t, { populateUserId: true })).client('1.2', {
      login: 'CN=me:1\\x',
    });
    await client.subscribes('/queue/a');
    await client.sends('/queue/a');
    assert.equal((await client.nextMessage()).headers['JMSXUserID'], 'CN=me:1\\x');
  });
});

describe('user headers', () => {
  test('are untouched, whatever they are called', async (t) => {
    const user = {
      'foo-bar.baz': '1',
      'foo bar': '2',
      AMQ_ANYTHING: '3',
      'activemq.prefetchSize': '4',
      'Content-Type': '5',
      'PRIORITY ': '6',
      constructor: '7',
      'a:b\\c': '8',
      'no-local': '9',
    };
    const { headers } = await sent(t, user);
    for (const [name, value] of Object.entries(user)) assert.equal(headers[name], value, name);
  });
});

describe('spaces around the values of CONNECT', () => {
  test('are left out in every version, as in ActiveMQ', async (t) => {
    const scene = await brokerScene(t, { populateUserId: true, ...LISTENING });
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await scene.strangerOverTcp();
      client.writes(`CONNECT\naccept-version: ${version}\nlogin: user\nclient-id: c \n\n\0`);
      const { headers } = await client.connected();
      assert.deepEqual([headers['version'], headers['session']], [version, 'c']);
      await client.subscribes('/queue/a');
      await client.sends('/queue/a');
      assert.equal((await client.nextMessage()).headers['JMSXUserID'], 'user');
      await client.disconnects();
    }
  });

  test('around those of other frames are left out in 1.0 only', async (t) => {
    const scene = await brokerScene(t);
    for (const [version, shown] of [
      ['1.0', 'value'],
      ['1.1', ' value '],
      ['1.2', ' value '],
    ] as const) {
      const client = await scene.client(version);
      await client.subscribes('/topic/a');
      client.writes('SEND\ndestination: /topic/a \nfoo: value \n\n\0');
      assert.equal((await client.nextMessage()).headers['foo'], shown);
    }
  });
});
