import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { createMessaging } from 'stompbox';
import { drainOnShutdown, expressMessaging, messagingRouter } from 'stompbox/express';
import { DESTINATIONS, describeFramework, MAX_BODY_BYTES } from '../rest/framework-suite.js';
import { backing, messagesIn } from '../rest/web-app.js';
import { gate } from '../support/events.js';

describeFramework('Express', async ({ settings, logger, onOrder }, onWork) => {
  const messaging = expressMessaging({ settings, logger, listeners: [onOrder] });
  const app = express();
  app.use(messaging.middleware);
  app.use(
    '/messages',
    messaging.routes({ destinations: DESTINATIONS, maxBodyBytes: MAX_BODY_BYTES }),
  );
  app.use(messaging.checks());
  app.post('/work', express.json(), async (request, response) => {
    await onWork();
    await request.messaging?.send('/queue/work', { id: 9 });
    response.send(request.correlationId);
  });
  await messaging.start();
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = gate<string>();
  const drained = drainOnShutdown(server, messaging, { logger }, { signal: () => signal.promise });
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      signal.open('SIGTERM');
      assert.equal(await drained, 0);
    },
  };
});

describe('the router of Express', () => {
  test('takes what express.json() has parsed, and hands errors on', async (t) => {
    const own = await backing(t);
    const { settings, logger } = own;
    const messaging = createMessaging(settings, { logger });
    const { router, close } = messagingRouter(messaging, {
      destinations: DESTINATIONS,
      logger,
      authorize: ({ name }) => {
        if (name === 'orders') throw new Error('no directory');
        return true;
      },
    });
    const app = express();
    app.use(express.json(), express.urlencoded());
    app.use('/deep/messages', router);
    const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(418).send(error instanceof Error ? error.message : '');
    };
    app.use(onError);
    const server = app.listen(0, '127.0.0.1');
    own.atEnd(async () => {
      await new Promise((resolve) => server.close(resolve));
      await close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const json = { 'content-type': 'application/json' };
    const send = (name: string, body: string | Uint8Array = '{"n":1}', headers = {}) =>
      fetch(`http://127.0.0.1:${port}/deep/messages/${name}`, {
        method: 'POST',
        body,
        headers: { ...json, ...headers },
      });
    assert.equal((await send('plain')).status, 202);
    const packed = await send('plain', gzipSync('{"n":2}'), { 'content-encoding': 'gzip' });
    assert.equal(packed.status, 202);
    assert.deepEqual(await messagesIn(own, '/queue/plain', 2), [{ n: 1 }, { n: 2 }]);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await send('plain', 'n=1', form)).status, 415);
    const failed = await send('orders');
    assert.deepEqual([failed.status, await failed.text()], [418, 'no directory']);
  });
});
