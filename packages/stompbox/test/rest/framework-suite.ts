/** What the REST routes promise in every framework, over real HTTP. Each framework runs all of it. */
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { createMessaging } from 'stompbox';
import { gate } from '../support/events.js';
import { type Backing, backing, messagesIn, orders } from './web-app.js';

export interface RunningApp {
  /** `http://127.0.0.1:8001`, without a slash at its end. */
  readonly origin: string;
  /** Lets requests and messages finish, closes everything. */
  stop(): Promise<void>;
}

/**
 * An application with: the listener of the backing, routes at `/messages` for `{ orders, plain }` with at most
 * 1,000 bytes, checks at the root, and `POST /work`, which first calls `onWork`, then sends `{ id: 9 }`
 * to `/queue/work` and answers with its correlation id as text.
 */
export type StartApp = (own: Backing, onWork: () => Promise<void>) => Promise<RunningApp>;

export const DESTINATIONS = { orders, plain: '/queue/plain' } as const;
export const MAX_BODY_BYTES = 1_000;

const FORM = 'application/x-www-form-urlencoded';
const BATCH = 'application/cloudevents-batch+json';
const BYTES = { 'content-type': 'application/octet-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } });
}

async function start(context: TestContext, startApp: StartApp, onWork = async () => {}) {
  const own = await backing(context);
  const app = await startApp(own, onWork);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app.stop();
    return stopped;
  };
  own.atEnd(stop);
  return { own, origin: app.origin, stop };
}

export function describeFramework(name: string, startApp: StartApp): void {
  describe(`${name}: routes that send`, () => {
    test('a message reaches its listener, with the id of the request', async (t) => {
      const { own, origin } = await start(t, startApp);
      const response = await post(`${origin}/messages/orders`, '{"id":4}', {
        'x-request-id': 'r1',
      });
      assert.equal(response.status, 202);
      assert.equal(response.headers.get('x-request-id'), 'r1');
      const accepted = { correlationId: 'r1', destination: '/queue/orders' };
      assert.deepEqual(await response.json(), accepted);
      assert.deepEqual(await own.handled.until(1), [{ order: { id: 4 }, correlationId: 'r1' }]);
    });

    test('a request gets the reply of the listener', async (t) => {
      const { origin } = await start(t, startApp);
      const response = await post(`${origin}/messages/orders?reply=true`, '{"id":4}');
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { doubled: 8 });
    });

    test('a late reply stands where Location says', async (t) => {
      const { own, origin } = await start(t, startApp);
      own.hold = gate();
      const url = `${origin}/messages/orders`;
      const response = await post(url, '{"id":4}', { prefer: 'wait=0' });
      assert.equal(response.status, 504);
      const location = response.headers.get('location') ?? '';
      assert.match(location, /^\/messages\/orders\/replies\//);
      own.hold.open();
      for (;;) {
        const late = await fetch(origin + location);
        if (late.status === 202) continue;
        assert.deepEqual(await late.json(), { doubled: 8 });
        break;
      }
    });

    test('a body that does not fit is 422 as problem+json', async (t) => {
      const { origin } = await start(t, startApp);
      const response = await post(`${origin}/messages/orders`, '{"id":"x"}');
      assert.equal(response.status, 422);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const { errors } = (await response.json()) as { errors: readonly { pointer: string }[] };
      assert.deepEqual(
        errors.map(({ pointer }) => pointer),
        ['#/id'],
      );
    });

    for (const [why, path, body, headers, status] of [
      ['an unknown destination', '/messages/other', '{}', {}, 404],
      ['text that is not JSON', '/messages/plain', '{', {}, 400],
      ['text of another kind', '/messages/plain', '<a/>', { 'content-type': 'text/markdown' }, 202],
      ['a form', '/messages/plain', 'a=1', { 'content-type': FORM }, 415],
      ['a batch of CloudEvents', '/messages/plain', '[]', { 'content-type': BATCH }, 415],
      ['compressed bytes', '/messages/plain', 'x', { ...BYTES, 'content-encoding': 'gzip' }, 415],
      ['XML', '/messages/plain', '<a/>', { 'content-type': 'application/xml' }, 415],
      ['a large body', '/messages/plain', `"${'x'.repeat(1_000)}"`, {}, 413],
    ] as const) {
      test(`${why} is ${status}`, async (t) => {
        const { origin } = await start(t, startApp);
        assert.equal((await post(origin + path, body, headers)).status, status);
      });
    }

    test('a large body that announces no length is 413', async (t) => {
      const { origin } = await start(t, startApp);
      const { port } = new URL(origin);
      const socket = connectSocket(Number(port), '127.0.0.1');
      const chunk = `258\r\n${'x'.repeat(600)}\r\n`;
      socket.write(
        `POST /messages/plain HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n` +
          `transfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunk}${chunk}`,
      );
      assert.match(await text(socket), /^HTTP\/1\.1 413 /);
    });

    test('the same Idempotency-Key sends once', async (t) => {
      const { own, origin } = await start(t, startApp);
      const key = { 'idempotency-key': 'k1' };
      const first = await post(`${origin}/messages/plain`, '{"n":1}', key);
      const second = await post(`${origin}/messages/plain`, '{"n":1}', key);
      assert.deepEqual([first.status, second.status], [202, 202]);
      assert.equal(await first.text(), await second.text());
      assert.equal((await post(`${origin}/messages/plain`, '{"n":2}', key)).status, 422);
      await post(`${origin}/messages/plain`, '"end"');
      const arrived = await messagesIn(own, '/queue/plain', 2);
      assert.deepEqual(arrived, [{ n: 1 }, 'end']);
    });

    test('a CloudEvent in binary mode travels with its attributes', async (t) => {
      const { own, origin } = await start(t, startApp);
      const event = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/s', 'ce-type': 't' };
      assert.equal((await post(`${origin}/messages/orders`, '{"id":5}', event)).status, 202);
      assert.deepEqual((await own.handled.until(1))[0]?.order, { id: 5 });
    });

    test('GET /chk/mq sends to queue and topic and answers with what it sent', async (t) => {
      const { own, origin } = await start(t, startApp);
      const response = await fetch(`${origin}/chk/mq?a=1`);
      const check = { url: `${origin}/chk/mq?a=1`, path: '/chk/mq', host: new URL(origin).host };
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), check);
      assert.deepEqual(await messagesIn(own, '/queue/SampleQueue', 1), [check]);
    });
  });

  describe(`${name}: the message service of the application`, () => {
    test('sends with the id of the request, after a body was read', async (t) => {
      const { origin } = await start(t, startApp);
      const headers = { 'x-request-id': 'r2' };
      const response = await post(`${origin}/work`, '{"a":1}', headers);
      assert.equal(await response.text(), 'r2');
    });

    test('still sends for a request that runs while the application stops', async (t) => {
      const begun = gate();
      const allowed = gate();
      const { own, origin, stop } = await start(t, startApp, () => {
        begun.open();
        return allowed.promise;
      });
      const answering = post(`${origin}/work`, '{}');
      await begun.promise;
      const stopping = stop();
      await new Promise((resolve) => setImmediate(resolve));
      allowed.open();
      assert.equal((await answering).status, 200);
      await stopping;
      assert.deepEqual(await messagesIn(own, '/queue/work', 1), [{ id: 9 }]);
    });

    test('lets a running handler finish, and leaves other messages in the queue', async (t) => {
      const { own, origin, stop } = await start(t, startApp);
      own.hold = gate();
      await post(`${origin}/messages/orders`, '{"id":1}');
      await own.handled.until(1);
      const stopping = stop();
      own.hold.open();
      await stopping;
      const messaging = createMessaging(own.settings, { logger: own.logger });
      own.atEnd(() => messaging.close());
      await messaging.send('/queue/orders', { id: 2 });
      assert.deepEqual(await messagesIn(own, '/queue/orders', 1), [{ id: 2 }]);
    });
  });
}
