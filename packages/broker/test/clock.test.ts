/** The time of day, which is asked of the system once per turn of the event loop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../dist/clock.js';

/** Answers each message a while later, so that the loop has nothing to do meanwhile. */
const LATE_ANSWER = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    parentPort.postMessage('answer');
  });
  parentPort.postMessage('ready');
`;

test('the time of day is no older than the turn, however long the loop had waited before', async (t) => {
  const worker = new Worker(LATE_ANSWER, { eval: true });
  t.after(() => worker.terminate());
  await once(worker, 'message');
  const differences: number[] = [];
  const answered = once(worker, 'message');
  worker.on('message', () => differences.push(Date.now() - systemClock.now()));
  // As at the end of a turn, when the broker counts what it has written.
  setImmediate(() =>
    setImmediate(() => {
      systemClock.now();
      worker.postMessage('ask');
    }),
  );
  await answered;
  assert.equal(differences.length, 1);
  assert((differences[0] ?? 0) < 100, `${differences[0]} ms old`);
});
