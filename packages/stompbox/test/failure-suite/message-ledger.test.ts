import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameSplitter } from './frame-splitter.js';
import { MessageLedger } from './message-ledger.js';

function handledAndSettled(ledger: MessageLedger, name: string, isFlagged = false): void {
  ledger.began(name);
  ledger.ended(name, 'handled', isFlagged);
  ledger.settled(name);
}

describe('the ledger of the failure suite', () => {
  test('misses what was confirmed and has no ending', () => {
    const ledger = new MessageLedger();
    for (const name of ['handled', 'dead', 'left', 'gone', 'failing']) ledger.sent(name);
    handledAndSettled(ledger, 'handled');
    ledger.ended('dead', 'dead');
    ledger.ended('left', 'left');
    ledger.began('failing');
    assert.deepEqual(ledger.totals().lost, ['gone', 'failing']);
  });

  test('finds what comes again although its end was confirmed', () => {
    const ledger = new MessageLedger();
    ledger.sent('m');
    handledAndSettled(ledger, 'm');
    handledAndSettled(ledger, 'm');
    assert.deepEqual(ledger.totals().unexplained, ['m: handled, handled; 0 deliveries left open']);
  });

  test('finds two dead letters of one message', () => {
    const ledger = new MessageLedger();
    ledger.sent('m');
    ledger.began('m');
    ledger.settled('m');
    ledger.ended('m', 'dead');
    ledger.ended('m', 'dead');
    assert.equal(ledger.totals().unexplained.length, 1);
  });

  test('takes no offence at what says so, or at what nobody could know', () => {
    const ledger = new MessageLedger();
    ledger.sent('flagged');
    handledAndSettled(ledger, 'flagged');
    handledAndSettled(ledger, 'flagged', true);
    ledger.sent('cut');
    ledger.began('cut');
    ledger.ended('cut', 'handled');
    handledAndSettled(ledger, 'cut');
    const { unexplained, duplicates } = ledger.totals();
    assert.deepEqual([unexplained, duplicates], [[], 2]);
  });

  test('does not take what was never confirmed for what was', async () => {
    const ledger = new MessageLedger();
    ledger.sent('confirmed');
    handledAndSettled(ledger, 'in doubt');
    await assert.rejects(ledger.untilEnded(1, undefined, 1), /without an ending: 1 confirmed/);
    handledAndSettled(ledger, 'confirmed');
    await ledger.untilEnded(1);
  });

  test('says who is missing when it waits in vain', async () => {
    const ledger = new MessageLedger();
    ledger.sent('m');
    await assert.rejects(ledger.untilEnded(1, undefined, 1), /without an ending: 1 m/);
  });
});

test('frames are found however their bytes arrive, and are passed as they are', () => {
  const stream = Buffer.from(
    '\nSEND\ndestination:/queue/a\ncontent-length:3\n\na\0b\0\nACK\nid:1\n\n\0\n',
  );
  const splitter = new FrameSplitter();
  const frames = [...stream].flatMap((byte) => splitter.push(Buffer.from([byte])));
  const commands = frames.map(({ command }) => command);
  assert.deepEqual(commands, ['', 'SEND', '', 'ACK', '']);
  assert.deepEqual(Buffer.concat(frames.map(({ bytes }) => bytes)), stream);
});
