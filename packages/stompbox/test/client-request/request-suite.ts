/** What requests and replies promise, against any broker that can be started and restarted. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, type TestContext, test } from 'node:test';
import {
  type Connection,
  connect,
  type Message,
  type Requester,
  requester,
  respond,
} from '@stompbox/client';

export interface SuiteBroker {
  readonly url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RequestSuite {
  readonly name: string;
  /** Why the broker cannot be restarted here; the test that does is skipped then. */
  readonly whyNoRestart?: string;
  start(): Promise<SuiteBroker>;
}

export function requestSuite({ name, whyNoRestart, start }: RequestSuite): void {
  describe(`requests at ${name}`, () => {
    let broker: SuiteBroker;
    before(async () => {
      broker = await start();
    });
    after(() => broker.stop());

    const open = (t: TestContext) => opened(t, broker.url);
    const asking = (t: TestContext) => askingAt(t, broker.url);

    test('a hundred at once find their replies over one subscription', async (t) => {
      const { connection, requests, queue } = await asking(t);
      const other = await open(t);
      const double = (message: Message) => `${Number(message.text()) * 2}`;
      await respond(other, queue, double, { concurrency: 10 });
      const numbers = Array.from({ length: 100 }, (_, index) => index);
      const replies = await Promise.all(
        numbers.map((number) => requests.request(queue, `${number}`)),
      );
      assert.deepEqual(
        replies.map((reply) => Number(reply.text())),
        numbers.map((number) => number * 2),
      );
      const inboxes = new Set(replies.map((reply) => reply.headers.get('subscription')));
      assert.equal(inboxes.size, 1);
      assert.equal(requests.unclaimedReplies, 0);
      assert.equal(connection.state, 'connected');
    });

    test('a request whose responder dies is answered by another one', async (t) => {
      const { requests, queue } = await asking(t);
      const mortal = await open(t);
      const taken = gate();
      const never = () => {
        taken.open();
        return new Promise<string>(() => {});
      };
      await respond(mortal, queue, never, { onError: () => {} });
      const pending = requests.request(queue, 'who?');
      await taken.passed;
      await respond(await open(t), queue, (message) => `again ${message.isRedelivered}`);
      await assert.rejects(mortal.close({ timeoutMs: 1 }), { code: 'STOMP_NET_TIMEOUT_CLOSE' });
      assert.equal((await pending).text(), 'again true');
    });

    test('a responder that fails answers with its error', async (t) => {
      const { requests, queue } = await asking(t);
      const failure = Object.assign(new Error('out of: stock'), { code: 'E_STOCK' });
      await respond(await open(t), queue, () => Promise.reject(failure));
      await assert.rejects(requests.request(queue, ''), {
        code: 'STOMP_REQUEST_FAILED',
        remoteCode: 'E_STOCK',
        message: /out of: stock/,
      });
    });

    test('many responders on a topic all answer', async (t) => {
      const { requests } = await asking(t);
      const topic = `/topic/request-suite-${randomUUID()}`;
      for (const id of ['a', 'b', 'c']) await respond(await open(t), topic, () => id);
      const got: string[] = [];
      for await (const reply of requests.requestMany(topic, '', { maxReplies: 3 })) {
        got.push(reply.text());
      }
      assert.deepEqual(got.sort(), ['a', 'b', 'c']);
    });

    test('a requester that has gone does not stop the responder', async (t) => {
      const { requests, queue } = await asking(t);
      const gone = await askingAt(t, broker.url, queue);
      const isGone = gate();
      const taken = gate();
      const responder = await respond(
        await open(t),
        queue,
        async (message) => {
          if (message.text() !== 'first') return 'ok';
          taken.open();
          await isGone.passed;
          return 'for nobody';
        },
        { onError: () => {} },
      );
      const lost = assert.rejects(gone.requests.request(queue, 'first'), {
        code: 'STOMP_REQUEST_LOST',
      });
      await taken.passed;
      await gone.connection.close();
      await lost;
      isGone.open();
      assert.equal((await requests.request(queue, 'second')).text(), 'ok');
      assert.equal(responder.handledRequests, 2);
    });

    const restartable = { skip: whyNoRestart ?? false };
    test('a restart rejects what waits, unless it may be sent again', restartable, async (t) => {
      const { connection, requests, queue } = await asking(t);
      const isBack = gate();
      const taken = gate();
      let count = 0;
      const slow = async (message: Message) => {
        if (++count === 2) taken.open();
        await isBack.passed;
        return `${message.text()}!`;
      };
      await respond(await open(t), queue, slow, { concurrency: 10, onError: () => {} });
      const lost = assert.rejects(requests.request(queue, 'once', { timeoutMs: 60_000 }), {
        code: 'STOMP_REQUEST_LOST',
      });
      const repeated = requests.request(queue, 'twice', { timeoutMs: 60_000, resend: true });
      await taken.passed;
      await broker.restart();
      await lost;
      isBack.open();
      assert.equal((await repeated).text(), 'twice!');
      assert.equal((await requests.request(queue, 'new')).text(), 'new!');
      assert.equal(connection.state, 'connected');
    });
  });
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

interface Asking {
  readonly connection: Connection;
  readonly requests: Requester;
  readonly queue: string;
}

async function opened(t: TestContext, url: string): Promise<Connection> {
  const connection = await connect(url, { reconnect: { maxDelayMs: 200 } });
  // What a test has left running ends with the connection.
  t.after(() => connection.close({ timeoutMs: 100 }).catch(() => undefined));
  return connection;
}

async function askingAt(
  t: TestContext,
  url: string,
  queue = `/queue/request-suite-${randomUUID()}`,
): Promise<Asking> {
  const connection = await opened(t, url);
  return { connection, requests: requester(connection, { onStatus: () => {} }), queue };
}
