/** reply-to: whatever text goes round, and what names a temporary destination is rewritten for its reader. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

describe('a reply-to that names nothing temporary', () => {
  for (const text of [
    'JustAString',
    'some destination',
    '/queue/replies',
    '/topic/a,/queue/b',
    'ssl://host:61613',
    '',
    ' /queue/spaces ',
    '/temp-queue/',
    'no list,,/temp-queue/x',
    'x/temp-queue/y',
  ]) {
    test(`"${text}" stays as it is`, async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', '', { 'reply-to': text });
      assert.equal((await client.nextMessage()).headers['reply-to'], text);
    });
  }
});

for (const kind of ['temp-queue', 'temp-topic']) {
  describe(`a reply-to /${kind}/`, () => {
    test('is shown to its owner by its own name, in every version', async (t) => {
      const scene = await brokerScene(t);
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        const client = await scene.client(version);
        await client.subscribes('/topic/requests', { id: 'requests' });
        const alias = `/${kind}/2C26441740C0ECC9tt1:1:0:1`;
        await client.subscribes(alias, { id: 'replies' });
        await client.sends('/topic/requests', 'ask', { 'reply-to': alias });
        const request = await client.nextMessage();
        assert.equal(request.headers['reply-to'], alias);
        await client.sends(alias, 'answer');
        const reply = await client.nextMessage();
        assert.deepEqual([reply.headers['destination'], reply.body], [alias, 'answer']);
      }
    });

    test('is shown to others by a name that they can send to, in every version', async (t) => {
      const scene = await brokerScene(t);
      for (const own of ['1.0', '1.1', '1.2'] as const) {
        for (const others of ['1.0', '1.1', '1.2'] as const) {
          const requester = await scene.client(own);
          const responder = await scene.client(others);
          const alias = `/${kind}/tt1:1:0:1`;
          await responder.subscribes('/queue/requests');
          await requester.subscribes(alias);
          await requester.sends('/queue/requests', 'ask', { 'reply-to': alias });
          const { headers } = await responder.nextMessage();
          const remote = headers['reply-to'] ?? '';
          assert.match(remote, new RegExp(`^/remote-${kind}/ID-[0-9a-f]+-\\d+:tt1:1:0:1$`));
          await responder.sends(remote, 'answer', { 'correlation-id': 'c1' });
          const reply = await requester.nextMessage();
          assert.deepEqual(
            [reply.headers['destination'], reply.headers['correlation-id'], reply.body],
            [alias, 'c1', 'answer'],
          );
          await responder.disconnects();
        }
      }
    });

    test('makes it, so that a reply may come before its owner subscribes', async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes('/queue/requests', { id: 'requests' });
      await client.sends('/queue/requests', 'ask', { 'reply-to': `/${kind}/x` });
      const { headers } = await client.nextMessage();
      await client.sends(headers['reply-to'] ?? '', 'early');
      await client.subscribes(`/${kind}/x`, { id: 'replies' });
      if (kind === 'temp-queue') assert.equal((await client.nextMessage()).body, 'early');
      await client.expectsNoFrame();
    });

    test('may stand in a list, each element by its own rules', async (t) => {
      const scene = await brokerScene(t);
      const [requester, responder] = [await scene.client(), await scene.client()];
      await responder.subscribes('/queue/requests');
      await requester.subscribes(`/${kind}/x,/queue/copy`);
      const list = `/${kind}/x,/queue/copy`;
      await requester.sends('/queue/requests', 'ask', { 'reply-to': list });
      const { headers } = await responder.nextMessage();
      assert.match(headers['reply-to'] ?? '', new RegExp(`^/remote-${kind}/ID-.+:x,/queue/copy$`));
      await responder.sends(headers['reply-to'] ?? '', 'answer');
      assert.deepEqual(await requester.nextBodies(2), ['answer', 'answer']);
      await responder.unsubscribes();
      await requester.subscribes('/queue/requests', { id: 'requests' });
      await requester.sends('/queue/requests', 'ask', { 'reply-to': list });
      assert.equal((await requester.nextMessage()).headers['reply-to'], list);
    });

    test('stays as it is when it is somebody else, by the remote name', async (t) => {
      const scene = await brokerScene(t);
      const [owner, middle, last] = [
        await scene.client(),
        await scene.client(),
        await scene.client(),
      ];
      await middle.subscribes('/queue/one');
      await last.subscribes('/queue/two');
      await owner.subscribes(`/${kind}/x`);
      await owner.sends('/queue/one', '', { 'reply-to': `/${kind}/x` });
      const { headers } = await middle.nextMessage();
      await middle.sends('/queue/two', '', { 'reply-to': headers['reply-to'] });
      const forwarded = (await last.nextMessage()).headers['reply-to'];
      assert.equal(forwarded, headers['reply-to']);
      await last.sends(forwarded ?? '', 'answer');
      assert.equal((await owner.nextMessage()).body, 'answer');
    });

    test('may be said in the words of JMS', async (t) => {
      const scene = await brokerScene(t);
      const [owner, other] = [await scene.client(), await scene.client()];
      await other.subscribes('/queue/requests');
      await owner.sends('/queue/requests', '', {
        JMSReplyTo: `${kind}://x`,
        'reply-to': 'ignored',
      });
      const { headers } = await other.nextMessage();
      assert.match(headers['reply-to'] ?? '', new RegExp(`^/remote-${kind}/ID-.+:x$`));
    });

    test('works over TCP between two versions', async (t) => {
      const scene = await brokerScene(t, LISTENING);
      const [owner, other] = [await scene.clientOverTcp('1.0'), await scene.clientOverTcp('1.2')];
      await other.subscribes('/queue/requests');
      await owner.subscribes(`/${kind}/x`);
      await owner.sends('/queue/requests', '', { 'reply-to': `/${kind}/x` });
      await other.sends((await other.nextMessage()).headers['reply-to'] ?? '', 'answer');
      assert.equal((await owner.nextMessage()).body, 'answer');
    });
  });
}

describe('a request that was kept over a restart', () => {
  test('is answered to nobody, without harm', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await (await first.client()).sends('/queue/requests', 'ask', { 'reply-to': '/temp-queue/x' });
    await first.close();
    const scene = await brokerScene(t, { data });
    const client = await scene.client();
    await client.subscribes('/queue/requests');
    const { headers } = await client.nextMessage();
    assert.match(headers['reply-to'] ?? '', /^\/remote-temp-queue\/ID-.+:x$/);
    await client.sends(headers['reply-to'] ?? '', 'answer');
    assert.equal(scene.broker.counters.repliesUndeliverable, 1);
  });
});
