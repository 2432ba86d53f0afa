/** The scan for expired messages by itself: in small turns, and never two at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpiryScan } from '../../dist/expiry-scan.js';
import { FakeClock } from '../fake-clock.js';

class ScannedQueue {
  readonly calls: string[] = [];
  mayHoldExpiring = true;
  #turns: number;

  /** @param turns how many turns it takes to look through its store */
  constructor(turns: number) {
    this.#turns = turns;
  }

  expireWaiting(): number {
    this.calls.push('waiting');
    return 0;
  }

  expirePaged(limit: number): boolean {
    assert(limit <= 1000, 'a turn is short');
    this.calls.push('paged');
    this.#turns -= 1;
    return this.#turns > 0;
  }
}

function scanOf(queues: readonly ScannedQueue[], everyMs = 1000) {
  const clock = new FakeClock();
  const scan = new ExpiryScan({ clock, everyMs, queues: () => queues });
  return { clock, scan };
}

test('each turn looks at one queue, and a timer is set between turns', () => {
  const queues = [new ScannedQueue(3), new ScannedQueue(1)];
  const { clock, scan } = scanOf(queues);
  scan.start();
  assert.equal(scan.state, 'waiting');
  clock.advance(999);
  assert.deepEqual(queues[0]?.calls, []);
  clock.advance(1);
  assert.deepEqual(queues[0]?.calls, ['waiting', 'paged', 'paged', 'paged']);
  assert.deepEqual(queues[1]?.calls, ['waiting', 'paged']);
  assert.equal(scan.state, 'waiting');
  assert.equal(clock.timerCount, 1);
});

test('queues that hold nothing that expires are passed over', () => {
  const queue = new ScannedQueue(1);
  queue.mayHoldExpiring = false;
  const { clock, scan } = scanOf([queue]);
  scan.start();
  clock.advance(5000);
  assert.deepEqual(queue.calls, []);
});

test('the next scan begins a while after the last one has ended', () => {
  const queue = new ScannedQueue(1);
  const { clock, scan } = scanOf([queue]);
  scan.start();
  clock.advance(3000);
  assert.equal(queue.calls.length, 6);
});

test('once stopped it looks at nothing, also in the middle of a scan', () => {
  const stopping = new ScannedQueue(5);
  const { clock, scan } = scanOf([stopping]);
  stopping.expireWaiting = () => {
    scan.stop();
    return 0;
  };
  scan.start();
  assert.throws(() => scan.start(), 'it runs already');
  clock.advance(10_000);
  assert.deepEqual(stopping.calls, []);
  assert.equal(scan.state, 'stopped');
  assert.equal(clock.timerCount, 0);
  scan.stop();
});

test('0 never looks', () => {
  const { clock, scan } = scanOf([new ScannedQueue(1)], 0);
  scan.start();
  assert.deepEqual([scan.state, clock.timerCount], ['stopped', 0]);
});
