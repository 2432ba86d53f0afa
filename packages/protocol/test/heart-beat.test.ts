/** STOMP 1.2, "Heart-beating". */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatHeartBeat,
  NO_HEART_BEAT,
  negotiateHeartBeat,
  parseHeartBeat,
} from '@stompbox/protocol';

const beat = (sendsEveryMs: number, wantsEveryMs: number) => ({ sendsEveryMs, wantsEveryMs });

describe('the heart-beat header', () => {
  test('is two numbers: what the sender can do and what it wants', () => {
    assert.deepEqual(parseHeartBeat('1000,2000'), beat(1000, 2000));
    assert.deepEqual(parseHeartBeat('0,0'), NO_HEART_BEAT);
  });

  test('that is missing means none', () => {
    assert.deepEqual(parseHeartBeat(undefined), NO_HEART_BEAT);
  });

  test('may have spaces', () => {
    assert.deepEqual(parseHeartBeat(' 5, 6 '), beat(5, 6));
  });

  test('beyond what a timer can wait for means the longest wait', () => {
    assert.deepEqual(parseHeartBeat('99999999999,2147483648'), beat(2_147_483_647, 2_147_483_647));
  });

  for (const value of ['', '1000', 'a,b', '1,2,3', '1000.5,0', '-1,0', '1,', ',1', '1 000,0']) {
    test(`"${value}" is refused`, () => {
      assert.throws(() => parseHeartBeat(value), {
        name: 'ProtocolError',
        code: 'STOMP_PROTO_BAD_HEART_BEAT',
        message: /expected two whole numbers of milliseconds, "0,0" for none$/,
      });
    });
  }

  test('is written as it is read', () => {
    assert.equal(formatHeartBeat(beat(10, 20)), '10,20');
    assert.deepEqual(parseHeartBeat(formatHeartBeat(beat(10, 20))), beat(10, 20));
  });
});

describe('negotiation', () => {
  for (const [own, peer, outgoingMs, incomingMs] of [
    [beat(0, 0), beat(0, 0), 0, 0],
    [beat(1000, 2000), beat(0, 0), 0, 0],
    [beat(0, 0), beat(1000, 2000), 0, 0],
    [beat(1000, 0), beat(0, 500), 1000, 0],
    [beat(500, 0), beat(0, 1000), 1000, 0],
    [beat(0, 500), beat(1000, 0), 0, 1000],
    [beat(0, 1000), beat(500, 0), 0, 1000],
    [beat(10, 20), beat(30, 40), 40, 30],
  ] as const) {
    test(`${formatHeartBeat(own)} meets ${formatHeartBeat(peer)}: the slower one wins`, () => {
      assert.deepEqual(negotiateHeartBeat(own, peer), { outgoingMs, incomingMs });
      assert.deepEqual(negotiateHeartBeat(peer, own), {
        outgoingMs: incomingMs,
        incomingMs: outgoingMs,
      });
    });
  }
});
