/** As long as there are no users, a broker serves its own machine and nobody else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endOfTurn, sessionParts } from './session-parts.js';

const CONNECT = 'CONNECT\naccept-version:1.2\nhost:x\nlogin:admin\npasscode:admin\n\n\0';

describe('a client on another machine', () => {
  test('is refused with an ERROR, whatever it logs in as, and the connection ends', async () => {
    const { transport, session, events } = sessionParts({ isLocal: false });
    transport.gets(CONNECT);
    await endOfTurn();
    assert.match(transport.text, /^ERROR\n/);
    assert.match(transport.text, /\ncode:STOMP_PROTO_LOGIN_REFUSED\n/);
    assert.equal(transport.state, 'ended');
    assert.equal(session.state, 'ending');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['refused'],
    );
  });

  test('cannot do anything by what it sends behind CONNECT', async () => {
    const { transport, router } = sessionParts({ isLocal: false });
    transport.gets(`${CONNECT}SEND\ndestination:/queue/a\n\nhello\0`);
    await endOfTurn();
    assert.deepEqual([...router.queues], []);
    assert(!transport.text.includes('CONNECTED'));
  });

  test('that never closes is cut off after five seconds', async () => {
    const { transport, clock } = sessionParts({ isLocal: false });
    transport.gets(CONNECT);
    await endOfTurn();
    clock.advance(4999);
    assert.equal(transport.state, 'ended');
    clock.advance(1);
    assert.equal(transport.state, 'destroyed');
    assert.equal(clock.timerCount, 0);
  });
});

describe('a client that has not logged in', () => {
  for (const [what, bytes] of [
    ['a body', `SEND\ndestination:/queue/a\ncontent-length:70000\n\n`],
    ['a body without an end', `SEND\ndestination:/queue/a\n\n${'x'.repeat(70_000)}`],
    ['headers', `CONNECT\n${'a:b\n'.repeat(900)}${`c:${'d'.repeat(10_000)}\n`.repeat(7)}`],
  ] as const) {
    test(`cannot make the broker hold ${what} of more than 64 KiB`, async () => {
      const { transport, session } = sessionParts({ isLocal: true });
      transport.gets(bytes);
      await endOfTurn();
      assert.match(transport.text, /^ERROR\n/);
      assert.match(transport.text, /\ncode:STOMP_FRAME_(BODY_)?TOO_LARGE\n/);
      assert.equal(session.state, 'ending');
    });
  }

  test('may send more as soon as it has', async () => {
    const { transport, router } = sessionParts({ isLocal: true });
    transport.gets(`${CONNECT}SEND\ndestination:/queue/a\n\n${'x'.repeat(70_000)}\0`);
    await endOfTurn();
    assert.match(transport.text, /^CONNECTED\n/);
    assert.doesNotMatch(transport.text, /ERROR/);
    assert.equal([...router.queues].length, 1);
  });
});

describe('a client on this machine', () => {
  test('is served', async () => {
    const { transport, events } = sessionParts({ isLocal: true });
    transport.gets(CONNECT);
    await endOfTurn();
    assert.match(transport.text, /^CONNECTED\n/);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['connected'],
    );
  });
});
