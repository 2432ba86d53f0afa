import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { scene } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

/** A source that a test feeds. */
class Source implements AsyncIterable<string> {
  #give: ((chunk: IteratorResult<string>) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  isLeft = false;

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for (;;) {
        const next = await new Promise<IteratorResult<string>>((resolve, reject) => {
          this.#give = resolve;
          this.#fail = reject;
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      this.isLeft = true;
    }
  }

  async give(chunk: string): Promise<void> {
    await until(() => this.#give !== undefined, 'it is asked');
    this.#give?.({ value: chunk, done: false });
    this.#give = undefined;
    await settle();
  }

  async end(): Promise<void> {
    await until(() => this.#give !== undefined, 'it is asked');
    this.#give?.({ value: undefined, done: true });
  }

  async fail(error: Error): Promise<void> {
    await until(() => this.#give !== undefined, 'it is asked');
    this.#fail?.(error);
  }
}

const asText = { contentLength: 'never' } as const;

describe('a streamed body', () => {
  const bodies: readonly (readonly [string, () => object, object])[] = [
    ['Readable', () => Readable.from([Buffer.from('ab'), Buffer.from('c\0')]), { bodyBytes: 4 }],
    ['Blob', () => new Blob(['ab', 'c\0']), {}],
    ['ReadableStream', () => new Blob(['ab', 'c\0']).stream(), { bodyBytes: 4 }],
  ];
  for (const [kind, body, options] of bodies) {
    test(`of a ${kind} arrives whole, with its length`, async () => {
      const { connection, broker } = await scene();
      await connection.send('/queue/a', body(), options);
      const [sent] = broker.session.received('SEND');
      assert.equal(textOf(sent), 'abc\0');
      assert.equal(sent?.headers.get('content-length'), '4');
      await connection.close();
    });
  }

  test('without a length is text', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', Readable.from(['Grüße', ' aus Köln']), asText);
    const [sent] = broker.session.received('SEND');
    assert.equal(textOf(sent), 'Grüße aus Köln');
    assert.equal(sent?.headers.has('content-length'), false);
    await connection.close();
  });

  test('needs to say which of both it is', async () => {
    const { connection, broker } = await scene();
    await assert.rejects(connection.send('/queue/a', Readable.from(['x'])), {
      code: 'STOMP_OPT_BODY',
      message: /bodyBytes/,
    });
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });

  test('holds back all other frames, and heart-beats, until its end', async () => {
    const { connection, broker, clock } = await scene();
    broker.connected = { version: '1.2', 'heart-beat': '0,0' };
    const source = new Source();
    const streaming = connection.send('/queue/a', source, asText);
    await source.give('first ');
    const other = connection.send('/queue/b', 'other');
    await clock.advance(1000);
    assert.deepEqual(broker.session.received('SEND'), []);
    await source.give('second');
    await source.end();
    await Promise.all([streaming, other]);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['first second', 'other']);
    await connection.close();
  });

  test('is read no faster than the transport takes it', async () => {
    const { connection, broker } = await scene();
    const { clientTransport } = broker.session;
    let readCount = 0;
    async function* chunks() {
      for (const chunk of ['a', 'b', 'c']) {
        readCount++;
        yield chunk;
      }
    }
    clientTransport.takesMore = false;
    await connection.send('/queue/b', 'fills it', { receipt: false });
    const streaming = connection.send('/queue/a', chunks(), asText);
    await settle();
    assert.equal(readCount, 0);
    clientTransport.drain();
    clientTransport.takesMore = false;
    await until(() => readCount === 1, 'one chunk');
    await settle();
    assert.equal(readCount, 1);
    clientTransport.drain();
    await streaming;
    assert.equal(readCount, 3);
    await connection.close();
  });

  test('that fails half-way costs the session and fails the send; all else goes on', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const source = new Source();
    const failed = assert.rejects(connection.send('/queue/a', source, asText), /disk on fire/);
    await source.give('half');
    const other = connection.send('/queue/b', 'other');
    await source.fail(new Error('disk on fire'));
    await failed;
    await until(() => connection.state === 'reconnecting', 'the session ends');
    const [loss] = all.events.filter(({ type }) => type === 'reconnecting');
    assert.equal((loss as { error: { code?: string } }).error.code, 'STOMP_NET_BODY');
    await recover(all);
    await other;
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['other']);
    assert.deepEqual(broker.sessions[0]?.received('SEND'), [], 'the torn frame is no message');
    await connection.close();
  });

  for (const [what, body] of [
    ['more than it promised', 'abcde'],
    ['less than it promised', 'abc'],
  ] as const) {
    test(`with ${what} fails`, async () => {
      const all = await scene();
      const sending = all.connection.send('/queue/a', Readable.from([body]), { bodyBytes: 4 });
      await assert.rejects(sending, { code: 'STOMP_OPT_BODY' });
      await until(() => all.connection.state === 'reconnecting', 'the session ends');
      await all.connection.close();
    });
  }

  test('that its caller has given up half-way frees the connection', async () => {
    const { connection, broker, clock } = await scene();
    const stopped = new Error('enough');
    const giving = new AbortController();
    const sources = [new Source(), new Source()] as const;
    const sends = [
      assert.rejects(
        connection.send('/queue/a', sources[0], { ...asText, signal: giving.signal }),
        stopped,
      ),
    ];
    await sources[0].give('half of it');
    giving.abort(stopped);
    await until(() => connection.state !== 'connected', 'the torn frame costs the session');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    await connection.send('/queue/b', 'goes on');
    sends.push(
      assert.rejects(connection.send('/queue/a', sources[1], { ...asText, timeoutMs: 50 }), {
        code: 'STOMP_NET_TIMEOUT_RECEIPT',
      }),
    );
    await sources[1].give('half of it');
    await clock.advance(50);
    await until(() => connection.state !== 'connected', 'so does one that takes too long');
    await clock.advance(1000);
    await until(() => connection.state === 'connected', 'it is back');
    await connection.send('/queue/b', 'goes on');
    await Promise.all(sends);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['goes on']);
    await connection.close();
  });

  test('that is cut by a loss is neither repeated nor read any further', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const source = new Source();
    const cut = assert.rejects(connection.send('/queue/a', source, { ...asText, resend: true }), {
      code: 'STOMP_NET_BODY',
    });
    await source.give('half');
    await lose(all);
    await cut;
    await source.give('the rest');
    await until(() => source.isLeft, 'it is closed');
    await recover(all);
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });

  test('that waited for a connection is written to the next', async () => {
    const all = await scene();
    await lose(all);
    const sending = all.connection.send('/queue/a', new Blob(['late']));
    await recover(all);
    await sending;
    assert.equal(textOf(all.broker.session.received('SEND')[0]), 'late');
    await all.connection.close();
  });
});

test('bytes that are not copied go out as they are', async () => {
  const { connection, broker } = await scene();
  const body = new Uint8Array(100_000).fill(7);
  await connection.send('/queue/a', body, { copy: false });
  assert.deepEqual(broker.session.received('SEND')[0]?.body, body);
  assert.ok(broker.session.clientTransport.writes.includes(body));
  await connection.close();
});

test('bytes that their caller changes after the call go out as they were', async () => {
  const all = await scene();
  const { connection, broker } = all;
  const bodies = [Buffer.alloc(10, 'a'), Buffer.alloc(100_000, 'a'), new Uint8Array(100_000)];
  const online = bodies.map((body) => connection.send('/queue/a', body));
  for (const body of bodies) body.fill(1);
  await Promise.all(online);
  await lose(all);
  const offline = bodies.map((body) => connection.send('/queue/a', body));
  for (const body of bodies) body.fill(2);
  await recover(all);
  await Promise.all(offline);
  const firstBytes = broker.sessions.flatMap((session) =>
    session.received('SEND').map((frame) => frame.body[0]),
  );
  assert.deepEqual(firstBytes, [97, 97, 0, 1, 1, 1]);
  await connection.close();
});
