/** What users of other clients complain about headers: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, connect, type Message } from '@stompbox/client';
import type { StompVersion } from '@stompbox/protocol';
import fc from 'fast-check';
import { type Scene, scene, stage } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

/** A connection that speaks this version. */
async function speaking(version: StompVersion): Promise<Scene> {
  const { options, ...rest } = stage();
  rest.broker.connected = { version };
  return { ...rest, connection: await connect('stomp://mq', options) };
}

/** Sends a message with these headers and gives back what comes when the broker returns them. */
async function roundTrip(
  { connection, broker }: Scene,
  headers: Readonly<Record<string, string>>,
): Promise<Message> {
  const got: Message[] = [];
  const subscription = await connection.subscribe('/queue/a', {}, (m) => void got.push(m));
  await connection.send('/queue/a', 'x', { headers });
  const sent = broker.session.received('SEND').at(-1);
  assert.ok(sent);
  const own = Object.fromEntries(
    Object.keys(headers).map((name) => [name, sent.headers.get(name) ?? '']),
  );
  broker.session.message(subscription.id, '1', 'x', own);
  await until(() => got.length === 1, 'the message');
  await subscription.unsubscribe();
  const [message] = got;
  assert.ok(message);
  return message;
}

/** The bytes of the frame that was written last, as text. */
function lastWrite({ broker }: Scene): string {
  return new TextDecoder().decode(broker.session.clientTransport.writes.at(-1));
}

describe('a header survives', () => {
  // The unescaping by turns of stompjs and of the Ruby gem; stomp-js/stomp-websocket#16
  for (const version of ['1.1', '1.2'] as const) {
    test(`with backslashes before any letter, in ${version}`, async () => {
      const all = await speaking(version);
      for (const value of ['C:\\new\\raw', '\\\\n', '\\n\n\\', 'a\\c:b', '\\\\\\r']) {
        const message = await roundTrip(all, { path: value });
        assert.equal(message.headers.get('path'), value);
      }
      await all.connection.close();
    });

    test(`whatever its name and value are, in ${version}`, async () => {
      const all = await speaking(version);
      // Everything but NUL, which no frame can carry, and most often what escapes are made of.
      const unit = fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...'\\\n\r\t: ncr') },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
      );
      const text = fc.string({ unit, minLength: 1 }).filter((value) => !value.includes('\0'));
      await fc.assert(
        fc.asyncProperty(text, text, async (name, value) => {
          const message = await roundTrip(all, { [`x${name}`]: value });
          assert.equal(message.headers.get(`x${name}`), value);
        }),
        { numRuns: 50 },
      );
      await all.connection.close();
    });
  }

  // the writer of stompjs on 1.1 connections
  test('because 1.1 connections escape too', async () => {
    const all = await speaking('1.1');
    await all.connection.send('/queue/a', 'x', { headers: { note: 'a:b\nc\\d' } });
    assert.match(lastWrite(all), /^note:a\\cb\\nc\\\\d$/m);
    await all.connection.close();
  });

  // the writer of stompjs
  test('because its name is escaped as well', async () => {
    const all = await speaking('1.2');
    await all.connection.send('/queue/a', 'x', { headers: { 'a:b\nc': '1' } });
    assert.match(lastWrite(all), /^a\\cb\\nc:1$/m);
    await all.connection.close();
  });

  // the reader of stompjs
  test('with the spaces around its name and value', async () => {
    const all = await speaking('1.2');
    const message = await roundTrip(all, { ' name ': '  value\t' });
    assert.equal(message.headers.get(' name '), '  value\t');
    await all.connection.close();
  });

  // stompman and others that know no \r; the reader of stompjs drops every CR
  test('with carriage returns in its value', async () => {
    const all = await speaking('1.2');
    const message = await roundTrip(all, { lines: 'a\r\nb\r' });
    assert.equal(message.headers.get('lines'), 'a\r\nb\r');
    await all.connection.close();
  });

  // the readers of stomp.py and Ruby: see docs/guide/client.md for why it is kept
  test('with an escape that nobody defined, and costs no connection', async () => {
    const { connection, broker } = await scene();
    const got: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m));
    broker.session.writeRaw(
      `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:/a\nx:a\\tb\n\n\0`,
    );
    await until(() => got.length === 1, 'the message');
    assert.equal(got[0]?.headers.get('x'), 'a\\tb');
    assert.equal(connection.state, 'connected');
    await connection.close();
  });
});

describe('CONNECT and CONNECTED', () => {
  // go-stomp escapes CONNECT
  test('are not escaped when they are written', async () => {
    const { broker, options } = stage({ login: 'a\\b', passcode: 'c\\nd' });
    const connection = await connect('stomp://mq', options);
    const [hello = new Uint8Array()] = broker.session.clientTransport.writes;
    const text = new TextDecoder().decode(hello);
    assert.match(text, /^login:a\\b$/m);
    assert.match(text, /^passcode:c\\nd$/m);
    await connection.close();
  });

  // spring-projects/spring-framework#27722
  test('are not unescaped when they are read', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) => {
      session.writeRaw('CONNECTED\nversion:1.2\nserver:Broker\\x/1\nsession:ID\\c7\n\n\0');
      session.agree('1.2');
    });
    const connection = await connect('stomp://mq', options);
    assert.equal(connection.server, 'Broker\\x/1');
    assert.equal(connection.session, 'ID\\c7');
    await connection.close();
  });
});

// stomp-js/stompjs#388
test('the headers of an ERROR are unescaped', async () => {
  const { connection, broker } = await scene();
  broker.answers.set('SEND', (frame, session) => {
    const receipt = frame.headers.get('receipt') ?? '';
    session.error('no: queue\nC:\\new', { 'receipt-id': receipt });
  });
  await assert.rejects(connection.send('/queue/a', 'x'), (error) => {
    assert.ok(error instanceof BrokerError);
    assert.equal(error.headers.get('message'), 'no: queue\nC:\\new');
    return true;
  });
  await connection.close();
});

// stomp-client: the last one wins; stompjs, stompit: the others are lost
test('of a header that comes twice the first value counts, and the others can be read', async () => {
  const { connection, broker } = await scene();
  const got: Message[] = [];
  const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m));
  broker.session.writeRaw(
    `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:/a\nfoo:World\nfoo:Hello\n\n\0`,
  );
  await until(() => got.length === 1, 'the message');
  assert.equal(got[0]?.headers.get('foo'), 'World');
  assert.deepEqual(got[0]?.headers.getAll('foo'), ['World', 'Hello']);
  await connection.close();
});

// stompit writes id, receipt and transaction into the caller's object
test('objects that the caller passes are never written to', async () => {
  const { connection, broker } = await scene();
  const headers = Object.freeze({ a: '1' });
  const options = Object.freeze({ headers });
  const subscription = await connection.subscribe('/queue/a', options);
  const transaction = await connection.begin();
  await transaction.send('/queue/a', 'in a transaction', options);
  await transaction.commit();
  await connection.send('/queue/a', 'alone', options);
  const sent = broker.session.received('SEND').at(-1);
  assert.equal(sent?.headers.has('transaction'), false);
  await subscription.unsubscribe(options);
  assert.deepEqual(headers, { a: '1' });
  await connection.close();
});

// gdaws/stompit: 1024 bytes a line and 64 headers; Spring: spring-projects/spring-framework#31616, #25255
test('long header lines and hundreds of headers are read by default', async () => {
  const { connection, broker } = await scene();
  const got: Message[] = [];
  const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m));
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`h${n}`, `${n}`]));
  broker.session.message(id, '1', 'x', { ...many, long: 'y'.repeat(500_000) });
  await until(() => got.length === 1, 'the message');
  assert.equal(got[0]?.headers.get('long')?.length, 500_000);
  assert.equal(got[0]?.headers.get('h499'), '499');
  await connection.close();
});
