/** Beside the other peers because it is slow, not because it needs a program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeTable } from './outcome-table.js';
import { restarts } from './restarts.js';

const RESTARTS = 200;
const SEED = 20_261_122;

test(`nothing is lost when the broker is killed ${RESTARTS} times under load`, async (t) => {
  const outcome = await restarts(t, RESTARTS, SEED);
  t.diagnostic(outcomeTable(outcome));
  assert.deepEqual(outcome.lost, []);
  assert.deepEqual(outcome.unflagged, []);
  assert.ok(outcome.sent > 1000 && outcome.flagged > 0 && outcome.retries > 0);
});
