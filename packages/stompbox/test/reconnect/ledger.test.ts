import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger, WITHOUT_DEDUP } from './ledger.js';

type End = 'acked' | 'refused' | 'pending';

/** A message whose send has resolved, and what became of each of its deliveries. */
function sent(ledger: Ledger, producer: string, ends: readonly End[]): string {
  const name = ledger.newName(producer);
  ledger.confirmed(name);
  for (const end of ends) {
    const consumption = ledger.consumed(name);
    if (end !== 'pending') ledger.settled(consumption, end);
  }
  return name;
}

describe('the ledger of the restarts', () => {
  test('misses what was confirmed and never consumed', () => {
    const ledger = new Ledger(10);
    sent(ledger, 'plain', ['acked']);
    const name = sent(ledger, 'plain', []);
    assert.deepEqual(ledger.totals().lost, [name]);
  });

  test('takes no offence at what comes again after its ACK was refused', () => {
    const ledger = new Ledger(10);
    sent(ledger, 'plain', ['refused', 'refused', 'acked']);
    const { flagged, unflagged, consumed } = ledger.totals();
    assert.deepEqual([flagged, unflagged, consumed], [2, [], 3]);
  });

  test('finds what comes again after its ACK was confirmed, or before anybody knows', () => {
    const ledger = new Ledger(10);
    const again = sent(ledger, 'plain', ['acked', 'acked']);
    const early = sent(ledger, 'plain', ['pending', 'acked']);
    assert.deepEqual(ledger.totals().unflagged, [
      `${again}: acked, acked`,
      `${early}: pending, acked`,
    ]);
  });

  test('allows that only to what is sent again without a dedup-id', () => {
    const ledger = new Ledger(10);
    sent(ledger, WITHOUT_DEDUP, ['acked', 'acked']);
    const { withoutDedup, unflagged } = ledger.totals();
    assert.deepEqual([withoutDedup, unflagged], [1, []]);
  });

  test('holds producers back while consumers are behind', async () => {
    const ledger = new Ledger(1);
    const name = sent(ledger, 'plain', []);
    let hasRoom = false;
    const room = ledger.room().then(() => {
      hasRoom = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hasRoom, false);
    ledger.consumed(name);
    await room;
    assert.equal(hasRoom, true);
  });
});
