/** Beside the other peers because it is slow and needs a large disk, not because it needs a program. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { downloadBlob, uploadBlob } from '@stompbox/client';
import { BlobProcess } from './blob-process.js';

const MIB = 1024 * 1024;
const BLOB_MIB = 2048;
const MAX_GROWTH_MIB = 200;
const NEEDED_MIB = 6 * 1024;

const { bavail, bsize } = statfsSync(tmpdir());
const freeMib = (bavail * bsize) / MIB;
const skip =
  process.platform !== 'linux'
    ? '/proc is missing: run this on Linux'
    : freeMib < NEEDED_MIB &&
      `${tmpdir()} has ${Math.floor(freeMib)} MiB free, this needs ${NEEDED_MIB}: set TMPDIR`;

/** Each MiB differs from all others. */
async function* generated(): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(MIB, 'stompbox');
  for (let index = 0; index < BLOB_MIB; index++) {
    chunk.writeUInt32LE(index, index * 4);
    yield chunk;
  }
}

/** How far memory grows beyond what it was at the start. */
class Growth {
  readonly #read: () => number;
  readonly #before: number;
  #peak: number;

  constructor(read: () => number) {
    this.#read = read;
    this.#before = read();
    this.#peak = this.#before;
  }

  look(): void {
    this.#peak = Math.max(this.#peak, this.#read());
  }

  get mib(): number {
    return (this.#peak - this.#before) / MIB;
  }
}

async function passes(context: TestContext): Promise<void> {
  const store = await BlobProcess.start(context);
  const broker = new Growth(() => store.memoryBytes());
  const client = new Growth(() => process.memoryUsage.rss());
  const onProgress = () => {
    broker.look();
    client.look();
  };
  const startedAt = performance.now();
  const blob = await uploadBlob(generated(), { url: store.url, onProgress });
  const uploadedAt = performance.now();
  assert.equal(blob.size, BLOB_MIB * MIB);

  const expected = createHash('sha256');
  for await (const chunk of generated()) expected.update(chunk);
  const digest = expected.digest('hex');
  assert.equal(blob.digest, `sha256:${digest}`);

  const readFrom = performance.now();
  const received = createHash('sha256');
  let bytes = 0;
  for await (const chunk of downloadBlob({ ...blob, name: undefined }, { onProgress })) {
    received.update(chunk);
    bytes += chunk.length;
  }
  assert.equal(bytes, blob.size);
  assert.equal(received.digest('hex'), digest);
  const up = (uploadedAt - startedAt) / 1000;
  const down = (performance.now() - readFrom) / 1000;
  context.diagnostic(`${BLOB_MIB} MiB: up in ${up.toFixed(1)} s, down in ${down.toFixed(1)} s`);
  context.diagnostic(`broker ${broker.mib.toFixed(0)} MiB more, client ${client.mib.toFixed(0)}`);
  assert.ok(broker.mib < MAX_GROWTH_MIB, `the broker grew by ${broker.mib.toFixed(0)} MiB`);
  assert.ok(client.mib < MAX_GROWTH_MIB, `the client grew by ${client.mib.toFixed(0)} MiB`);
}

test('a blob of 2 GiB passes with flat memory on both sides', { skip }, passes);
