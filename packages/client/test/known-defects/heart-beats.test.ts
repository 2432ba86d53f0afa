/** What users of other clients complain about heart-beats: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type HeartBeatOptions } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { type Scene, stage } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

/** A connected scene whose broker offers these heart-beats. */
async function beating(offered: string, heartBeat: HeartBeatOptions = {}): Promise<Scene> {
  const { options, ...rest } = stage({ heartBeat });
  rest.broker.connected = { version: '1.2', 'heart-beat': offered };
  return { ...rest, connection: await connect('stomp://mq', options) };
}

const LISTENS: HeartBeatOptions = { outgoingMs: 0, incomingMs: 1000 };

describe('a healthy broker is not taken for dead', () => {
  // jasonrbriggs/stomp.py#129
  test('when a message handler blocks the event loop for longer than the tolerance', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    let handled = 0;
    const { id } = await connection.subscribe('/queue/a', {}, () => {
      clock.jump(30_000);
      handled++;
    });
    for (let n = 0; n < 3; n++) {
      broker.session.message(id, `${n}`);
      await until(() => handled === n + 1, 'the handler has blocked');
      // What the broker sent meanwhile lies in the socket; the timer fires first.
      clock.fireDue();
      broker.session.writeRaw('\n');
      await settle();
    }
    assert.equal(connection.state, 'connected');
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  // stomp-js/stompjs#335, mqttjs/MQTT.js#1257, mqttjs/MQTT.js#1853
  test('when timers are throttled to one a minute', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    for (let minute = 0; minute < 5; minute++) {
      clock.jump(60_000);
      clock.fireDue();
      broker.session.writeRaw('\n');
      await settle();
    }
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  // the liveness of stomp.py and the Ruby gem: complete frames only
  test('while a large frame is still arriving', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    const got: string[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m.text()));
    const head = `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:/queue/a\ncontent-length:10\n\n`;
    for (const piece of [head, ...'0123456789', '\0']) {
      await clock.advance(1900);
      broker.session.writeRaw(piece);
      await settle();
    }
    assert.deepEqual(got, ['0123456789']);
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  // jasonrbriggs/stomp.py#159
  test('while it sends messages instead of heart-beats', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    const { id } = await connection.subscribe('/queue/a', {}, () => {});
    for (let n = 0; n < 50; n++) {
      await clock.advance(900);
      broker.session.message(id, `${n}`);
      await settle();
    }
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  // jasonrbriggs/stomp.py#219, gdaws/stompit#27, #49, #60, community-of-python/stompman#138, #146, #154
  test('when each of its heart-beats is late by most of an interval', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    for (let n = 0; n < 50; n++) {
      await clock.advance(1950);
      broker.session.writeRaw('\n');
      await settle();
    }
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  // jasonrbriggs/stomp.py#179, stomp-js/stompjs#683
  test('as long as the tolerance says that the application has set', async () => {
    const { connection, clock } = await beating('1000,0', { ...LISTENS, toleranceFactor: 30 });
    await clock.advance(29_999);
    assert.equal(connection.state, 'connected');
    await clock.advance(1);
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });

  // mqttjs/MQTT.js#1935, gdaws/stompit#126
  test('while thousands of messages wait for a loop that does not read', async () => {
    const { connection, broker, clock } = await beating('1000,1000', {
      outgoingMs: 1000,
      incomingMs: 1000,
    });
    const { id } = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    for (let second = 0; second < 20; second++) {
      for (let n = 0; n < 200; n++) broker.session.message(id, `${second}-${n}`);
      await settle();
      const before = broker.session.bytes;
      await clock.advance(1000);
      broker.session.writeRaw('\n');
      await settle();
      assert.ok(broker.session.bytes > before, 'and we keep our own promise');
    }
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });
});

describe('the broker does not take us for dead', () => {
  // jasonrbriggs/stomp.py#95
  test('because no gap between two of our writes is longer than what we promised', async () => {
    const { connection, broker, clock } = await beating('0,1000', { outgoingMs: 1000 });
    const { writes } = broker.session.clientTransport;
    let seen = writes.length;
    let silentMs = 0;
    for (let now = 0; now < 60_000; now += 50) {
      // Now and then something else is sent, which moves the next heart-beat.
      if (now % 3150 === 0) await connection.send('/queue/a', 'x', { receipt: false });
      await clock.advance(50);
      silentMs = writes.length > seen ? 0 : silentMs + 50;
      seen = writes.length;
      assert.ok(silentMs < 1000, `silent for ${silentMs} ms`);
    }
    await connection.close();
  });

  // stompgem/stomp#46
  test('while messages only come in', async () => {
    const { connection, broker, clock } = await beating('0,1000', { outgoingMs: 1000 });
    const { id } = await connection.subscribe('/queue/a', {}, () => {});
    for (let second = 0; second < 20; second++) {
      const before = broker.session.bytes;
      for (let tenth = 0; tenth < 10; tenth++) {
        broker.session.message(id, `${second}-${tenth}`);
        await clock.advance(100);
      }
      assert.ok(broker.session.bytes > before, `second ${second}`);
    }
    await connection.close();
  });

  // jasonrbriggs/stomp.py#308, #351
  test('after any number of reconnects, in whatever order listeners were added', async () => {
    const all = await beating('1000,1000', { outgoingMs: 1000, incomingMs: 1000 });
    const { connection, broker, clock } = all;
    connection.onStatus(({ type }) => {
      if (type === 'connected') connection.onStatus(() => {});
    });
    for (let n = 0; n < 4; n++) {
      const before = broker.session.bytes;
      await clock.advance(1000);
      assert.ok(broker.session.bytes > before, `session ${n}`);
      await lose(all);
      // The pauses grow, because no session lasts long here.
      while (connection.state !== 'connected') await clock.advance(100);
    }
    await clock.advance(1899);
    assert.equal(connection.state, 'connected');
    await clock.advance(101);
    assert.equal(connection.state, 'reconnecting', 'the broker is watched as well');
    await connection.close();
  });
});

describe('a dead broker', () => {
  // node-red/node-red-nodes#143, spring-projects/spring-framework#29153, spring-projects/spring-boot#30872
  test('is watched for by default, with nothing else to configure', async () => {
    const { connection, broker, clock } = await beating('10000,10000');
    const [hello] = broker.session.frames;
    assert.equal(hello?.headers.get('heart-beat'), '10000,10000');
    await clock.advance(20_000);
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });

  // stompgem/stomp#141, stomp-js/stompjs#247, #298
  test('is left although it holds the socket open and a receipt back', async () => {
    const { connection, broker, clock } = await beating('1000,0', LISTENS);
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', 'x', { timeoutMs: 3_600_000 });
    const refused = assert.rejects(sending, { code: 'STOMP_NET_MAYBE_DELIVERED' });
    await clock.advance(2000);
    await refused;
    assert.equal(broker.sessions[0]?.clientTransport.isClosed, true);
    await recover({ broker, clock, connection, events: [] });
    assert.equal(broker.sessions.length, 2);
    await connection.close();
  });

  // stomp-js/stompjs#57
  test('whose socket is gone makes no heart-beat throw', async () => {
    const { connection, broker, clock } = await beating('0,1000', { outgoingMs: 1000 });
    broker.session.drop();
    clock.jump(10_000);
    assert.doesNotThrow(() => clock.fireDue());
    await settle();
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });
});

// stomp-js/stompjs#564
test('heart-beats of the broker can be seen', async () => {
  const { connection, broker } = await beating('1000,0', LISTENS);
  let beats = 0;
  connection.onFrame(({ direction, frame }) => {
    if (direction === 'in' && frame === undefined) beats++;
  });
  broker.session.writeRaw('\n');
  await until(() => beats === 1, 'it is told');
  assert.equal(beats, 1);
  await connection.close();
});
