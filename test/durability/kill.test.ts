/** A broker killed in the middle of its work, and what the next one finds. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { RawClient } from './raw-client.js';

const BATCH = 50;

describe('a broker that is killed while producers send', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-kill-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const killAfter of [1, 120, 400]) {
    test(`after ${killAfter} receipts keeps every confirmed message, once and in order`, async () => {
      const data = path.join(folder, String(killAfter));
      const confirmed = await sendUntilKilled(data, killAfter);
      const found = await drain(data);
      assert.ok(confirmed >= killAfter);
      assert.deepEqual(found, range(found.length), 'no gap, no repetition, in order');
      assert.ok(found.length >= confirmed, `${confirmed} confirmed, ${found.length} found`);
      assert.deepEqual(await drain(data), [], 'what was acknowledged does not come again');
    });
  }
});

const range = (length: number) => Array.from({ length }, (_, index) => index);

async function start(data: string): Promise<{ child: ChildProcess; client: RawClient }> {
  const script = path.join(import.meta.dirname, 'broker-process.js');
  const child = spawn(process.execPath, [script, data], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, client: await RawClient.connect(Number(port)) };
}

/** Sends numbered messages in batches and kills the broker once it confirmed so many. */
async function sendUntilKilled(data: string, killAfter: number): Promise<number> {
  const { child, client } = await start(data);
  let next = 0;
  while (count(client.received, /^receipt-id:/gm) < killAfter) {
    const numbers = range(BATCH).map(() => next++);
    client.send(...numbers.map((n) => `SEND\ndestination:/queue/a\nreceipt:r${n}\n\nbody-${n};`));
    await client.receives(`receipt-id:r${next - BATCH}\n`);
  }
  child.kill('SIGKILL');
  await client.closed();
  return count(client.received, /^receipt-id:/gm);
}

/** Takes and acknowledges all that the queue holds, up to a message sent behind it. */
async function drain(data: string): Promise<number[]> {
  const { child, client } = await start(data);
  client.send(
    'SEND\ndestination:/queue/a\nreceipt:last\n\nlast;',
    'SUBSCRIBE\ndestination:/queue/a\nid:0\nack:client\n\n',
  );
  await client.receives('\nlast;');
  const ack = [...client.received.matchAll(/^ack:(.*)$/gm)].at(-1)?.[1];
  client.send(`ACK\nid:${ack}\nreceipt:acked\n\n`);
  await client.receives('receipt-id:acked\n');
  child.kill('SIGKILL');
  await client.closed();
  return [...client.received.matchAll(/^body-(\d+);/gm)].map(([, number]) => Number(number));
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
