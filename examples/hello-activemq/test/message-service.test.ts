import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging } from 'stompbox';
import { MessageService } from '../dist/message-service.js';
import { SampleListener } from '../dist/sample-listener.js';
import { Inbox, startTestBroker } from './support.js';

describe('the message service', () => {
  test('sends to the queue and to the topic', async (t) => {
    const { settings, closeAtEnd } = await startTestBroker(t);
    const service = closeAtEnd(new MessageService(settings));
    const inbox = new Inbox<[destination: string, body: unknown]>();
    const onMessage = (body: unknown, message: { destination: string }) =>
      inbox.add([message.destination, body]);
    await service.listen({ onMessage });

    await service.sendToQueueAndTopic({ content: 'hello' });
    const received = await inbox.until(2);

    assert.deepEqual(
      [...received].sort(([a], [b]) => a.localeCompare(b)),
      [
        ['/queue/SampleQueue', { content: 'hello' }],
        ['/topic/SampleTopic', { content: 'hello' }],
      ],
    );
  });
});

describe('the sample listener', () => {
  test('gets parsed JSON and prints it on one line behind its destination', async (t) => {
    const { settings, closeAtEnd } = await startTestBroker(t);
    const messaging = closeAtEnd(createMessaging(settings));
    const lines = new Inbox<string>();
    await messaging.consume(new SampleListener((line) => lines.add(line)), {
      queue: 'SampleQueue',
    });

    await messaging.sendToQueue({ content: 'two\nlines' });

    assert.deepEqual(await lines.until(1), ['/queue/SampleQueue {"content":"two\\nlines"}']);
  });

  test('reports an error on one line', () => {
    const lines: string[] = [];
    new SampleListener((line) => lines.push(line)).onError(new Error('no disk'));
    assert.deepEqual(lines, ['the listener failed: no disk']);
  });
});
