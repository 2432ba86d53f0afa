/**
 * What the message service promises, tested over real TCP against any broker: the embedded one, or
 * the one that MQ_URL names. Every test has destinations of its own, so that a broker that keeps its
 * messages may be used again and again.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createMessaging, type Message, type Messaging, resolveSettings } from 'stompbox';
import { gate, Inbox } from './support/events.js';
import { MemoryLogger } from './support/memory-logger.js';

export interface RunningBroker {
  readonly url: string;
  /** Stops the broker and starts it with the same address and data; missing where that is not ours to do. */
  restart?(): Promise<void>;
  stop(): Promise<void>;
}

export interface BrokerUnderTest {
  readonly name: string;
  start(): Promise<RunningBroker>;
  /** Why the tests that restart the broker cannot run. */
  readonly whyNoRestart?: string;
  /** Why the tests with selectors cannot run. */
  readonly whyNoSelectors?: string;
}

interface Scene {
  readonly broker: RunningBroker;
  readonly queue: string;
  readonly topic: string;
  /** A service of its own, with its own connection, closed at the end of the test. */
  service(): Messaging;
}

async function scene(context: TestContext, underTest: BrokerUnderTest): Promise<Scene> {
  const broker = await underTest.start();
  const services: Messaging[] = [];
  context.after(async () => {
    for (const service of services) await service.close();
    await broker.stop();
  });
  const name = `stompbox.test.${randomUUID()}`;
  // Two names, because Artemis with prefixes takes a queue and a topic of one name for one address.
  const [queue, topic] = [`/queue/${name}.queue`, `/topic/${name}.topic`];
  const settings = resolveSettings({ url: broker.url, queue, topic });
  return {
    broker,
    queue,
    topic,
    service() {
      const messaging = createMessaging(settings, { logger: new MemoryLogger() });
      services.push(messaging);
      return messaging;
    },
  };
}

export function serviceSuite(underTest: BrokerUnderTest): void {
  describe(`the message service with ${underTest.name}`, () => {
    sendingTests(underTest);
    sharingTests(underTest);
    failureTests(underTest);
    closingTests(underTest);
    restartTests(underTest);
  });
}

function sendingTests(underTest: BrokerUnderTest): void {
  test('JSON arrives at queue and topic as what it was', async (t) => {
    const { queue, topic, service } = await scene(t, underTest);
    const inbox = new Inbox<[string, unknown]>();
    await service().consume((body, message) => inbox.add([message.destination, body]));
    const producer = service();
    const body = { content: 'grüße', list: [1, null, { deep: true }] };
    await producer.sendToQueue(body);
    await producer.sendToTopic(body);
    assert.deepEqual(
      new Map(await inbox.until(2)),
      new Map([
        [queue, body],
        [topic, body],
      ]),
    );
  });

  test('a text arrives as that text and bytes as those bytes', async (t) => {
    const { service } = await scene(t, underTest);
    const inbox = new Inbox<[unknown, Message['bodyType']]>();
    await service().consume((body, message) => inbox.add([body, message.bodyType]));
    const producer = service();
    const bytes = new Uint8Array([0, 255, 10, 0]);
    await producer.sendToQueue('{"a":1}');
    await producer.sendToQueue(bytes);
    const [text, binary] = await inbox.until(2);
    assert.equal(text?.[0], '{"a":1}');
    assert.deepEqual(binary, [bytes, 'bytes']);
  });

  test('any JSON value arrives as it was, in order', async (t) => {
    const { service } = await scene(t, underTest);
    const inbox = new Inbox<unknown>();
    await service().consume(inbox.add);
    const producer = service();
    const values = fc.sample(
      fc.jsonValue().filter((value) => typeof value !== 'string'),
      50,
    );
    await Promise.all(values.map((value) => producer.sendToQueue(value)));
    const expected = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    assert.deepEqual(await inbox.until(values.length), expected);
  });

  test('what is said about a message arrives with it', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const inbox = new Inbox<Message>();
    await service().consume((_body, message) => inbox.add(message), { queue });
    await service().send(queue, 1, {
      priority: 7,
      correlationId: 'c:1\n2',
      replyTo: '/queue/answers',
      type: 'order',
      timeToLiveMs: 600_000,
      headers: { region: 'EU' },
    });
    const [message] = await inbox.until(1);
    assert.ok(message);
    const header = (name: string) => message.headers.get(name);
    assert.equal(header('priority'), '7');
    assert.equal(header('correlation-id'), 'c:1\n2');
    assert.equal(header('reply-to'), '/queue/answers');
    assert.equal(header('type'), 'order');
    assert.equal(header('region'), 'EU');
    assert.ok(Number(header('expires')) > 0);
  });

  const skip = underTest.whyNoSelectors ?? false;
  test('only messages that match a selector are delivered', { skip }, async (t) => {
    const { topic, service } = await scene(t, underTest);
    const inbox = new Inbox<unknown>();
    await service().consume(inbox.add, { topic, selector: "region = 'EU'" });
    const producer = service();
    await producer.sendToTopic(1, { headers: { region: 'US' } });
    await producer.sendToTopic(2, { headers: { region: 'EU' } });
    assert.deepEqual(await inbox.until(1), [2]);
  });
}

function sharingTests(underTest: BrokerUnderTest): void {
  test('two listeners on a queue share its messages, each handled once', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const bothBusy = gate();
    const handled = new Inbox<[listener: number, body: unknown]>();
    const busy = new Set<number>();
    for (const listener of [1, 2]) {
      const handler = async (body: unknown) => {
        busy.add(listener);
        if (busy.size === 2) bothBusy.open();
        await bothBusy.promise;
        handled.add([listener, body]);
      };
      await service().consume(handler, { queue });
    }
    const producer = service();
    const bodies = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(bodies.map((body) => producer.sendToQueue(body)));
    const all = await handled.until(20);
    assert.deepEqual(
      all.map(([, body]) => Number(body)).sort((a, b) => a - b),
      bodies,
    );
  });

  test('two listeners on a topic get every message each', async (t) => {
    const { topic, service } = await scene(t, underTest);
    const inboxes = [new Inbox<unknown>(), new Inbox<unknown>()];
    for (const inbox of inboxes) await service().consume(inbox.add, { topic });
    const producer = service();
    for (const body of [1, 2, 3]) await producer.sendToTopic(body);
    for (const inbox of inboxes) assert.deepEqual(await inbox.until(3), [1, 2, 3]);
  });

  test('a message to a queue without listener waits for one', async (t) => {
    const { queue, service } = await scene(t, underTest);
    await service().sendToQueue('waiting');
    const inbox = new Inbox<unknown>();
    await service().consume(inbox.add, { queue });
    assert.deepEqual(await inbox.until(1), ['waiting']);
  });

  test('as many messages are handled at once as concurrency says', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const threeBegun = new Inbox<unknown>();
    const release = gate();
    const handler = async (body: unknown) => {
      threeBegun.add(body);
      await release.promise;
    };
    await service().consume(handler, { queue, concurrency: 3 });
    const producer = service();
    await Promise.all([1, 2, 3].map((body) => producer.sendToQueue(body)));
    assert.equal((await threeBegun.until(3)).length, 3);
    release.open();
  });
}

function failureTests(underTest: BrokerUnderTest): void {
  test('a failing handler hears of it, and the listener goes on', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const calls = new Inbox<string>();
    await service().consume(
      {
        onMessage(body: unknown) {
          if (body === 'bad') throw new Error('boom');
          calls.add(`handled ${body}`);
        },
        onError(error: unknown, message) {
          calls.add(`${error instanceof Error ? error.message : error} on ${message?.text()}`);
        },
      },
      { queue },
    );
    const producer = service();
    await producer.sendToQueue('bad');
    await producer.sendToQueue('good');
    // The first try and two more at once.
    const seen = await calls.until(4);
    assert.equal(seen.filter((call) => call === 'boom on bad').length, 3);
    assert.ok(seen.includes('boom on bad') && seen.includes('handled good'), seen.join());
  });

  test('a body that is not JSON, although it says so, is a dead letter', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const inbox = new Inbox<unknown>();
    const dead = new Inbox<unknown>();
    await service().consume(inbox.add, { queue });
    const deadLetters = `DLQ.${queue.replace('/queue/', '')}`;
    await service().consume((_body, message) => dead.add(message.headers.get('x-failure-code')), {
      queue: deadLetters,
      retry: false,
      deadLetter: 'unused',
    });
    const producer = service();
    await producer.sendToQueue('{oops', { headers: { 'content-type': 'application/json' } });
    await producer.sendToQueue({ next: true });
    assert.deepEqual(await inbox.until(1), [{ next: true }]);
    assert.deepEqual(await dead.until(1), ['STOMP_LISTEN_UNREADABLE']);
  });
}

function closingTests(underTest: BrokerUnderTest): void {
  test('closing lets the running handler finish, and its message does not come again', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const handling = gate();
    const begun = new Inbox<unknown>();
    const first = service();
    await first.consume(
      async (body) => {
        begun.add(body);
        await handling.promise;
      },
      { queue },
    );
    const producer = service();
    await producer.sendToQueue('one');
    await producer.sendToQueue('two');
    await begun.until(1);
    const closing = first.close();
    handling.open();
    await closing;

    const second = new Inbox<unknown>();
    await service().consume(second.add, { queue });
    await producer.sendToQueue('three');
    assert.deepEqual(await second.until(2), ['two', 'three']);
    assert.deepEqual(begun.items, ['one']);
  });

  test('a closed listener gets nothing more, while the service goes on', async (t) => {
    const { queue, service } = await scene(t, underTest);
    const messaging = service();
    const first = new Inbox<unknown>();
    const handle = await messaging.consume(first.add, { queue });
    await messaging.sendToQueue(1);
    await first.until(1);
    await handle.close();
    const second = new Inbox<unknown>();
    await messaging.consume(second.add, { queue });
    await messaging.sendToQueue(2);
    assert.deepEqual(await second.until(1), [2]);
    assert.deepEqual(first.items, [1]);
  });
}

function restartTests(underTest: BrokerUnderTest): void {
  const skip = underTest.whyNoRestart ?? false;

  test('what was confirmed before a restart of the broker is there after it', {
    skip,
  }, async (t) => {
    const { broker, queue, service } = await scene(t, underTest);
    const producer = service();
    for (const body of [1, 2, 3]) await producer.sendToQueue(body);
    await broker.restart?.();
    const inbox = new Inbox<unknown>();
    await service().consume(inbox.add, { queue });
    assert.deepEqual(await inbox.until(3), [1, 2, 3]);
  });

  test('a listener goes on after a restart in the middle, and nothing is lost', {
    skip,
  }, async (t) => {
    const { broker, queue, service } = await scene(t, underTest);
    const seen = new Set<unknown>();
    const wanted = 200;
    const all = gate();
    await service().consume(
      (body) => {
        seen.add(body);
        if (seen.size === wanted) all.open();
      },
      { queue },
    );
    const producer = service();
    let restarting: Promise<void> | undefined;
    for (let body = 0; body < wanted; body += 1) {
      if (body === wanted / 2) restarting = broker.restart?.();
      await sendUntilConfirmed(producer, body);
    }
    await Promise.all([restarting, all.promise]);
    assert.equal(seen.size, wanted);
  });
}

/** No receipt means that nobody knows, so it is sent again; a second copy does no harm here. */
async function sendUntilConfirmed(producer: Messaging, body: unknown): Promise<void> {
  for (;;) {
    try {
      await producer.sendToQueue(body);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'STOMP_NET_MAYBE_DELIVERED') throw error;
    }
  }
}
