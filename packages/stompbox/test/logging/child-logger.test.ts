/** What the lines of a handler say, in each kind of logger. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Logger } from 'stompbox';
import { childLogger, handlerLogger } from '../../dist/logging/child-logger.js';
import { MemoryLogger } from '../support/memory-logger.js';

const ABOUT = {
  listener: 'onOrder',
  destination: '/queue/orders',
  messageId: 'ID:host-1:1',
  correlationId: 'c1',
  attempt: 2,
};

describe('a logger that has no fields', () => {
  test('gets them before the text', () => {
    const logger = new MemoryLogger();
    handlerLogger(logger, ABOUT).warn('the customer is unknown');
    assert.deepEqual(logger.lines, [
      'warn: listener=onOrder destination=/queue/orders messageId=ID:host-1:1 correlationId=c1 ' +
        'attempt=2: the customer is unknown',
    ]);
  });

  test('keeps them on every level, and adds those of a child of a child', () => {
    const logger = new MemoryLogger();
    const child = childLogger(childLogger(logger, { a: 1 }), { b: true, c: undefined });
    child.debug('one');
    child.info('two');
    child.warn('three');
    child.error('four');
    assert.deepEqual(logger.lines, [
      'debug: a=1 b=true: one',
      'info: a=1 b=true: two',
      'warn: a=1 b=true: three',
      'error: a=1 b=true: four',
    ]);
  });

  test('says nothing where there is nothing to say', () => {
    const logger = new MemoryLogger();
    childLogger(logger, { a: undefined }).info('plain');
    assert.deepEqual(logger.lines, ['info: plain']);
  });

  test('cannot be made to write a second line, or a field that is none', () => {
    const logger = new MemoryLogger();
    const forged = 'm1\nerror: attempt=9\u001b[2J\u2028\u202e';
    childLogger(logger, { messageId: forged, correlationId: 'x attempt=9' }).info('text');
    assert.deepEqual(logger.lines, [
      'info: messageId="m1\\nerror: attempt=9\\u001b[2J\\u2028\\u202e" ' +
        'correlationId="x attempt=9": text',
    ]);
  });
});

test('a logger that has fields gets them as such', () => {
  const lines: string[] = [];
  const logger: Logger = pino(
    { base: null, timestamp: false },
    { write: (line) => lines.push(line) },
  );
  handlerLogger(logger, ABOUT).info('done');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [{ level: 30, ...ABOUT, msg: 'done' }],
  );
});
