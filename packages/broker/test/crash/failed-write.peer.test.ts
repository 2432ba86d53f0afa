/** Disks that fail: what was confirmed is there afterwards, and what was not confirmed is not claimed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { BrokerProcess } from './broker-process.js';
import { type Fault, needsStrace, traced } from './strace.js';

/** See broker-child.ts. */
const STORE_FAILED = 70;

interface Disk {
  readonly data: string;
  readonly fault: Fault;
  /** Bytes of each body. */
  readonly bodyBytes: number;
}

const body = (number: number, bytes: number) => `${number};${'x'.repeat(bytes)}`;

/** Sends until the broker stops; how many messages it has confirmed. */
async function sendUntilItStops(
  context: TestContext,
  { data, fault, bodyBytes }: Disk,
): Promise<number> {
  const broker = await BrokerProcess.start(context, data, traced(`${data}-trace`, fault));
  const client = await broker.client();
  let confirmed = 0;
  const sendAll = async () => {
    for (;;) {
      await client.sends('/queue/a', body(confirmed, bodyBytes));
      confirmed += 1;
    }
  };
  await assert.rejects(sendAll(), /ERROR instead of a RECEIPT/);
  const error = await client.expectsError('STOMP_STORE_WRITE_FAILED');
  assert.match(error.body, /check the disk's space and health, then start the broker again/);
  assert.equal(await broker.exitCode(), STORE_FAILED);
  return confirmed;
}

/** Numbers of the messages that the next broker finds. */
async function findAll(context: TestContext, data: string): Promise<number[]> {
  const broker = await BrokerProcess.start(context, data);
  const client = await broker.client();
  await client.sends('/queue/a', 'end');
  await client.subscribes('/queue/a');
  const found: number[] = [];
  for (;;) {
    const { body } = await client.nextMessage();
    if (body === 'end') break;
    found.push(Number.parseInt(body, 10));
  }
  client.vanishes();
  broker.stop();
  assert.equal(await broker.exitCode(), 0);
  return found;
}

describe('a broker stops, confirms no more and keeps what it has confirmed', needsStrace, () => {
  for (const [what, fault, bodyBytes] of [
    ['a sync fails once', { inject: 'fdatasync:error=EIO:when=5' }, 10],
    ['every sync fails from some time on', { inject: 'fdatasync:error=EIO:when=5+' }, 10],
    ['the journal cannot be written', { inject: 'pwrite64:error=ENOSPC:when=5+' }, 10],
    ['large records cannot be written', { inject: 'pwrite64:error=EIO:when=3+' }, 1_000_000],
  ] as const) {
    test(`when ${what}`, async (context) => {
      const data = join(temporaryDirectory(context), 'data');
      const confirmed = await sendUntilItStops(context, { data, fault, bodyBytes });
      assert.ok(confirmed > 0);
      const found = await findAll(context, data);
      // The one that was not confirmed may be there or not.
      assert.ok(found.length === confirmed || found.length === confirmed + 1);
      assert.deepEqual(
        found,
        found.map((_, index) => index),
      );
    });
  }

  test('when the disk has no room for the tree', async (context) => {
    const data = join(temporaryDirectory(context), 'data');
    assert.deepEqual(await findAll(context, data), []);
    const fault: Fault = {
      inject: 'pwrite64,pwritev,write:error=ENOSPC',
      path: join(data, 'messages', 'data.mdb'),
    };
    const confirmed = await sendUntilItStops(context, { data, fault, bodyBytes: 1_000_000 });
    assert.ok(confirmed >= 32, 'both segments of the journal were filled');
    const found = await findAll(context, data);
    assert.ok(found.length >= confirmed);
  });
});
