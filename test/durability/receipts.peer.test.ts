/**
 * A receipt is a promise about the disk, so it is checked against what the kernel was asked to do:
 * strace shows when a record was written, when the file was synced and when the RECEIPT went out.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { needs } from '../peer-programs.js';
import { RawClient } from './raw-client.js';
import { isSync, isSyncedBetween, parseSystemCalls, type SystemCall } from './system-calls.js';

const COUNT = 20;
const PIPELINED = 200;
const CALLS = 'read,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync,msync';

const installed = needs('strace', ['-V'], 'apt-get install -y strace');

describe('receipts and the disk', installed, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-durability-'));
  const data = path.join(folder, 'data');
  let calls: SystemCall[] = [];

  before(async () => {
    const trace = path.join(folder, 'trace');
    const { child, port } = await startTraced(data, trace);
    const client = await RawClient.connect(port);
    await sendOneByOne(client);
    await sendInTransactions(client);
    await acknowledge(client);
    await sendPipelined(client);
    client.destroy();
    child.stdin?.end();
    await once(child, 'exit');
    calls = parseSystemCalls(readFileSync(trace, 'utf8'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const sentIn = (name: string) => find(calls, isRead, `receipt:${name}\\n`);
  const confirmed = (name: string) => find(calls, isWrite, `receipt-id:${name}\\n`);

  for (const [kind, body] of [
    ['send', 'body-send'],
    ['commit', 'body-commit'],
  ] as const) {
    test(`the receipt of a ${kind} is written only after its record is synced`, () => {
      for (let index = 0; index < COUNT; index++) {
        const receipt = confirmed(`${kind}-${index}`);
        const record = find(calls, isStored(data), `${body}-${index};`);
        assert.ok(record.ended < receipt.began, 'the record is written first');
        assert.ok(
          isSyncedBetween(calls, record, receipt),
          `${kind}-${index} was confirmed too early`,
        );
      }
    });
  }

  test('the receipt of an ACK is written only after the removal is synced', () => {
    for (let index = 0; index < COUNT; index++) {
      const [frame, receipt] = [sentIn(`ack-${index}`), confirmed(`ack-${index}`)];
      const isRemoval = (call: SystemCall) => isStored(data)(call) && call.began > frame.began;
      const isProven = calls.some(
        (call) => isRemoval(call) && isSyncedBetween(calls, call, receipt),
      );
      assert.ok(isProven, `ack-${index} was confirmed too early`);
    }
  });

  test('messages that arrive together share a sync', () => {
    const first = find(calls, isRead, 'receipt:many-0\\n');
    const last = confirmed(`many-${PIPELINED - 1}`);
    const syncs = calls.filter((call) => isSync(call) && call.began > first.began);
    const before = syncs.filter((call) => call.ended < last.began);
    assert.ok(before.length > 0);
    assert.ok(before.length < PIPELINED / 10, `${before.length} syncs for ${PIPELINED} messages`);
  });
});

const isRead = (call: SystemCall) => call.name === 'read';
const isWrite = (call: SystemCall) => /^(write|writev|sendto|sendmsg)$/.test(call.name);
const isStored = (data: string) => (call: SystemCall) =>
  call.name.startsWith('pwrite') && call.target.startsWith(data);

function find(calls: readonly SystemCall[], is: (call: SystemCall) => boolean, text: string) {
  const found = calls.find((call) => is(call) && call.text.includes(text));
  if (!found) throw new Error(`No such call with ${text} among ${calls.length}`);
  return found;
}

async function startTraced(
  data: string,
  trace: string,
): Promise<{ child: ChildProcess; port: number }> {
  const broker = path.join(import.meta.dirname, 'broker-process.js');
  const options = ['-f', '-y', '-s', '200000', '-e', `trace=${CALLS}`, '-o', trace];
  const child = spawn('strace', [...options, process.execPath, broker, data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, port: Number(port) };
}

async function sendOneByOne(client: RawClient): Promise<void> {
  for (let index = 0; index < COUNT; index++) {
    client.send(`SEND\ndestination:/queue/a\nreceipt:send-${index}\n\nbody-send-${index};`);
    await client.receives(`receipt-id:send-${index}\n`);
  }
}

async function sendInTransactions(client: RawClient): Promise<void> {
  for (let index = 0; index < COUNT; index++) {
    client.send(
      `BEGIN\ntransaction:t${index}\n\n`,
      `SEND\ndestination:/queue/b\ntransaction:t${index}\n\nbody-commit-${index};`,
      `COMMIT\ntransaction:t${index}\nreceipt:commit-${index}\n\n`,
    );
    await client.receives(`receipt-id:commit-${index}\n`);
  }
}

async function acknowledge(client: RawClient): Promise<void> {
  client.send('SUBSCRIBE\ndestination:/queue/a\nid:0\nack:client-individual\n\n');
  await client.receives(`body-send-${COUNT - 1};`);
  const ids = [...client.received.matchAll(/^ack:(.*)$/gm)].map(([, id]) => id);
  assert.equal(ids.length, COUNT);
  for (const [index, id] of ids.entries()) {
    client.send(`ACK\nid:${id}\nreceipt:ack-${index}\n\n`);
    await client.receives(`receipt-id:ack-${index}\n`);
  }
}

async function sendPipelined(client: RawClient): Promise<void> {
  const frames = Array.from(
    { length: PIPELINED },
    (_, index) => `SEND\ndestination:/queue/c\nreceipt:many-${index}\n\nbody`,
  );
  client.send(...frames);
  await client.receives(`receipt-id:many-${PIPELINED - 1}\n`);
}
