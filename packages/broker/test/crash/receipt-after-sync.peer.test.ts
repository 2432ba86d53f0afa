/**
 * The promise behind a RECEIPT, seen from the system: one frame at a time, and what the broker does
 * between reading it and writing its RECEIPT.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { BrokerProcess } from './broker-process.js';
import { isOk, needsStrace, type SystemCall, systemCalls, traced } from './strace.js';

const COUNT = 10;
const MIB = 1024 * 1024;

const SYNCED = ['read', 'journal written', 'journal synced', 'receipt'];
const NOT_SYNCED = ['read', 'receipt'];

/** Runs work on a broker under strace; what the broker asked of the system, once it has closed. */
async function trace(
  context: TestContext,
  work: (client: StompClient) => Promise<void>,
): Promise<SystemCall[]> {
  const folder = temporaryDirectory(context);
  const file = join(folder, 'trace');
  const broker = await BrokerProcess.start(context, join(folder, 'data'), traced(file));
  const client = await broker.client();
  await work(client);
  client.vanishes();
  broker.stop();
  assert.equal(await broker.exitCode(), 0);
  return systemCalls(readFileSync(file, 'utf8'));
}

/** What happened between reading the frame with a receipt and writing the receipt, both included. */
function between(calls: readonly SystemCall[], receipt: string): string[] {
  const frame = calls.find(
    ({ name, text }) => name === 'read' && text.includes(`receipt:${receipt}\\n`),
  );
  const answer = calls.find(
    ({ name, text }) => /^(write|send)/.test(name) && text.includes(`receipt-id:${receipt}\\n`),
  );
  assert.ok(frame && answer, receipt);
  const events = calls.filter(({ began, ended }) => began > frame.ended && ended < answer.began);
  return ['read', ...events.flatMap(eventOf), 'receipt'];
}

function eventOf(call: SystemCall): string[] {
  if (!call.target.includes('/journal/segment-') || !isOk(call)) return [];
  if (call.name.startsWith('pwrite')) return ['journal written'];
  return call.name === 'fdatasync' ? ['journal synced'] : [];
}

async function oneByOne(client: StompClient): Promise<void> {
  for (let index = 0; index < COUNT; index++) {
    const send = { destination: '/queue/kept', receipt: `send-${index}` };
    client.frame('SEND', send, 'body');
    await client.receipt(send.receipt);
  }
  for (let index = 0; index < COUNT; index++) {
    const send = { destination: '/queue/other', persistent: 'false', receipt: `light-${index}` };
    client.frame('SEND', send, 'body');
    await client.receipt(send.receipt);
  }
  for (let index = 0; index < COUNT; index++) {
    const transaction = `t${index}`;
    const commit = { transaction, receipt: `commit-${index}` };
    client.frame('BEGIN', { transaction });
    client.frame('SEND', { destination: '/queue/kept', transaction }, 'body');
    client.frame('COMMIT', commit);
    await client.receipt(commit.receipt);
  }
  await client.subscribes('/queue/kept', { ack: 'client-individual' });
  for (const [index, message] of (await client.nextMessages(COUNT)).entries()) {
    const ack = { ...client.nameOf(message), receipt: `ack-${index}` };
    client.frame('ACK', ack);
    await client.receipt(ack.receipt);
  }
}

describe('between a frame and its receipt', needsStrace, () => {
  let calls: SystemCall[] = [];

  test('a broker can be watched', async (context) => {
    calls = await trace(context, oneByOne);
    assert.ok(calls.length > 0);
  });

  for (const [what, name] of [
    ['a persistent SEND', 'send'],
    ['a COMMIT', 'commit'],
    ['an ACK', 'ack'],
  ] as const) {
    test(`the journal is written and synced for ${what}`, () => {
      for (let index = 0; index < COUNT; index++) {
        assert.deepEqual(between(calls, `${name}-${index}`), SYNCED, `${name}-${index}`);
      }
    });
  }

  test('nothing is written for a SEND with persistent:false', () => {
    for (let index = 0; index < COUNT; index++) {
      assert.deepEqual(between(calls, `light-${index}`), NOT_SYNCED, `light-${index}`);
    }
  });
});

describe('a segment of the journal', needsStrace, () => {
  test('is used again only after the tree was synced', async (context) => {
    const calls = await trace(context, async (client) => {
      for (let index = 0; index < 5 * 17; index++) {
        await client.sends('/queue/a', Buffer.alloc(MIB, 'x'));
      }
    });
    const events = calls.flatMap((call) => {
      if (call.target.endsWith('/messages/data.mdb') && call.name === 'fdatasync') return ['tree'];
      const segment = /\/journal\/(segment-\d)$/.exec(call.target)?.[1];
      return segment && call.name === 'pwrite64' && /, 0\) += \d+$/.test(call.text)
        ? [segment]
        : [];
    });
    const turns = events.join(' ').match(/segment-\d( tree)*/g) ?? [];
    assert.ok(turns.length >= 5, events.join(' '));
    for (const [index, turn] of turns.slice(1, -1).entries()) {
      assert.match(turn, / tree/, `turn ${index + 1}: ${events.join(' ')}`);
    }
  });
});
