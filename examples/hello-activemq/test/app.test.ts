import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging, resolveSettings } from 'stompbox';
import { createApp } from '../dist/app.js';
import { MessageService } from '../dist/message-service.js';
import { Inbox, startTestBroker } from './support.js';

const EXPECTED = {
  url: 'http://127.0.0.1:8001/chk/mq?a=1&b=%20',
  path: '/chk/mq',
  host: '127.0.0.1:8001',
};
const REQUEST = { url: '/chk/mq?a=1&b=%20', headers: { host: '127.0.0.1:8001' } };

describe('GET /chk/mq', () => {
  test('answers with url, path and host, and sends the same to queue and topic', async (t) => {
    const { settings, closeAtEnd } = await startTestBroker(t);
    const messaging = closeAtEnd(createMessaging(settings));
    const inbox = new Inbox<unknown>();
    await messaging.consume((body) => inbox.add(body));
    const service = closeAtEnd(new MessageService(settings));

    const response = await createApp(service).inject(REQUEST);

    assert.equal(response.statusCode, 200);
    assert.deepEqual(response.json(), EXPECTED);
    assert.deepEqual(await inbox.until(2), [EXPECTED, EXPECTED]);
  });

  test('answers 503 with the reason when there is no broker', async (t) => {
    // Port 1 of the loopback: nobody listens there.
    const service = new MessageService(resolveSettings({ url: '127.0.0.1:1' }, { env: {} }));
    t.after(() => service.close());

    const response = await createApp(service).inject(REQUEST);

    assert.equal(response.statusCode, 503);
    const { error, code, message } = response.json<Record<string, string>>();
    assert.equal(error, 'The message broker cannot be reached');
    assert.equal(code, 'STOMP_NET_REFUSED');
    assert.match(message ?? '', /127\.0\.0\.1:1 /);
  });

  test('other errors are not dressed up as a missing broker', async () => {
    const broken = { sendToQueueAndTopic: () => Promise.reject(new TypeError('bug')) };
    const response = await createApp(broken).inject(REQUEST);
    assert.equal(response.statusCode, 500);
  });
});
