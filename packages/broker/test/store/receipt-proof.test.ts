/**
 * A receipt before the sync is not a mistake that somebody may make here: without the proof of the
 * commit loop the program does not compile. The compiler is the test; an expected error that does not
 * come is an error.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../dist/connection.js';
import { CommitLoop, type Durable } from '../../dist/store/commit-loop.js';
import { FakeClock } from '../fake-clock.js';
import { ScriptedStore, turn } from './scripted-store.js';

/** Never called: it only has to be compiled. */
export function confirmTooEarly(connection: Connection, commits: CommitLoop): void {
  // @ts-expect-error a receipt needs a proof
  connection.sendReceipt('1');
  // @ts-expect-error a number of a write proves nothing
  connection.sendReceipt('1', commits.durableNumber);
  // @ts-expect-error an object that looks like a proof is none
  connection.sendReceipt('1', {});
  // @ts-expect-error nor can one be written down
  const forged: Durable = { proof: true };
  connection.sendReceipt('1', forged);
}

test('only a commit that has ended hands out the proof that a receipt needs', async () => {
  const store = new ScriptedStore();
  const commits = new CommitLoop(store, new FakeClock(), () => {});
  const proofs: Durable[] = [];
  const number = commits.put(0, 0, Buffer.from('record'), 'durable');
  commits.whenDurable(number, (proof) => proofs.push(proof));
  await turn();
  assert.equal(proofs.length, 0);
  await store.endCommit();
  assert.equal(proofs.length, 1);
});
