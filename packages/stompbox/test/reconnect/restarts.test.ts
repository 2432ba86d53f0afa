import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeTable } from './outcome-table.js';
import { restarts } from './restarts.js';

test('nothing is lost when the broker is killed 10 times under load', async (t) => {
  const outcome = await restarts(t, 10, 1);
  t.diagnostic(outcomeTable(outcome));
  assert.deepEqual(outcome.lost, []);
  assert.deepEqual(outcome.unflagged, []);
  assert.ok(outcome.sent > 100 && outcome.flagged > 0 && outcome.retries > 0);
});
