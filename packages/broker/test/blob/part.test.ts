/** Requests that send for one upload at the same time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobError } from '../../dist/blob/blob-error.js';
import { DiskBlobFiles } from '../../dist/blob/blob-files.js';
import { newBlobId } from '../../dist/blob/blob-id.js';
import { Part, type Receiving } from '../../dist/blob/part.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

/** A request without an end; ends with what interrupts it. */
const endless: Receiving = {
  offset: 0,
  isLast: false,
  digest: undefined,
  admit: () => Promise.resolve(),
  onWritten: () => {},
  body: async function* (signal) {
    await new Promise((_, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  },
};

test('of three requests for one upload the last one takes over, the others are told', async (t) => {
  const files = new DiskBlobFiles(temporaryDirectory(t));
  const id = newBlobId();
  await (await files.createPart(id)).close();
  const part = new Part(files, id, 0);
  const first = part.receive(endless);
  // Both wait for the end of the first one.
  const second = part.receive(endless);
  const third = part.receive({ ...endless, body: async function* () {} });
  const outcomes = await Promise.allSettled([first, second, third]);
  for (const outcome of outcomes.slice(0, 2)) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof BlobError);
    assert.equal(outcome.reason.code, 'STOMP_BLOB_INTERRUPTED');
  }
  assert.deepEqual(outcomes[2], { status: 'fulfilled', value: undefined });
  assert.equal(part.state, 'idle');
});
