/** What the AMQ_SCHEDULED_* headers of a SEND mean, and which values are refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import {
  dueAgain,
  firstDueMs,
  readSchedule,
  type ScheduleSpec,
  startsSequence,
} from '../../dist/schedule/schedule-spec.js';

const NOW = 1_000_000;

function read(headers: Record<string, string | number>): ScheduleSpec | undefined {
  return readSchedule(FrameHeaders.from(headers), NOW);
}

describe('the schedule of a SEND', () => {
  test('is none without its headers, and a repeat alone is none', () => {
    assert.equal(read({}), undefined);
    assert.equal(read({ AMQ_SCHEDULED_REPEAT: 3 }), undefined);
    assert.equal(read({ AMQ_SCHEDULED_CRON: ' ' }), undefined);
  });

  test('is none for a message that comes from a schedule', () => {
    assert.equal(read({ AMQ_SCHEDULED_DELAY: 100, scheduledJobId: 'job-1' }), undefined);
  });

  test('has a delay, a period and a repeat', () => {
    const spec = read({
      AMQ_SCHEDULED_DELAY: ' 300',
      AMQ_SCHEDULED_PERIOD: '+200 ',
      AMQ_SCHEDULED_REPEAT: 1000,
    });
    assert.deepEqual(spec, { delayMs: 300, periodMs: 200, repeat: 1000, cron: undefined });
  });

  test('may repeat for ever', () => {
    const spec = read({ AMQ_SCHEDULED_PERIOD: 200, AMQ_SCHEDULED_REPEAT: -1 });
    assert.deepEqual(spec, { delayMs: 0, periodMs: 200, repeat: -1, cron: undefined });
  });

  test('may be a cron expression', () => {
    const spec = read({ AMQ_SCHEDULED_CRON: ' 0 12 * * MON-FRI ' });
    assert.deepEqual(spec, { delayMs: 0, periodMs: 0, repeat: 0, cron: '0 12 * * MON-FRI' });
  });

  const refused: ReadonlyArray<readonly [string, Record<string, string | number>, RegExp]> = [
    ['a delay that is no number', { AMQ_SCHEDULED_DELAY: 'abc' }, /_DELAY must be .*not "abc"/],
    ['a delay with a fraction', { AMQ_SCHEDULED_DELAY: '1.5' }, /_DELAY must be a whole number/],
    ['an empty delay', { AMQ_SCHEDULED_DELAY: '' }, /_DELAY must be/],
    ['a negative delay', { AMQ_SCHEDULED_DELAY: -1 }, /_DELAY must be .*0 or more/],
    ['a negative period', { AMQ_SCHEDULED_PERIOD: -1 }, /_PERIOD must be .*0 or more/],
    ['a delay too long for a number', { AMQ_SCHEDULED_DELAY: '9'.repeat(16) }, /_DELAY must be/],
    ['a repeat over 1000', { AMQ_SCHEDULED_DELAY: 1, AMQ_SCHEDULED_REPEAT: 1001 }, /0 to 1000/],
    ['a repeat below -1', { AMQ_SCHEDULED_DELAY: 1, AMQ_SCHEDULED_REPEAT: -2 }, /_REPEAT must be/],
    ['a repeat that is no number', { AMQ_SCHEDULED_DELAY: 1, AMQ_SCHEDULED_REPEAT: 'x' }, /"x"/],
    [
      'repeating for ever without a pause',
      { AMQ_SCHEDULED_DELAY: 1, AMQ_SCHEDULED_REPEAT: -1 },
      /_REPEAT needs a AMQ_SCHEDULED_PERIOD of at least 1/,
    ],
    [
      'starting again and again what has no end',
      { AMQ_SCHEDULED_CRON: '* * * * *', AMQ_SCHEDULED_PERIOD: 1, AMQ_SCHEDULED_REPEAT: -1 },
      /_REPEAT cannot be combined with AMQ_SCHEDULED_CRON/,
    ],
    ['a cron expression of four fields', { AMQ_SCHEDULED_CRON: '* * * *' }, /_CRON must be five/],
    ['a cron expression of six fields', { AMQ_SCHEDULED_CRON: '0 0 * * * *' }, /_CRON must be/],
    ['a minute 60', { AMQ_SCHEDULED_CRON: '60 * * * *' }, /Invalid value for minute/],
    ['a date that never comes', { AMQ_SCHEDULED_CRON: '0 0 31 2 *' }, /no time that will ever/],
  ];
  for (const [what, headers, message] of refused) {
    test(`cannot be ${what}`, () => {
      assert.throws(() => read(headers), { code: 'STOMP_PROTO_BAD_HEADER', message });
    });
  }
});

describe('a job', () => {
  const spec: ScheduleSpec = { delayMs: 0, periodMs: 0, repeat: 0 };

  test('is first due after its delay, without one after its period', () => {
    assert.equal(firstDueMs({ ...spec, delayMs: 300, periodMs: 200 }, NOW), NOW + 300);
    assert.equal(firstDueMs({ ...spec, periodMs: 200 }, NOW), NOW + 200);
    assert.equal(firstDueMs(spec, NOW), NOW);
  });

  test('of a cron expression is first due at the first time that it names', () => {
    const minute = { ...spec, cron: '* * * * *', delayMs: 300 };
    assert.equal(firstDueMs(minute, NOW), 1_020_000);
  });

  test('is due again in step, and a period from now when that has passed', () => {
    const twice = { ...spec, periodMs: 200, repeat: 2 };
    assert.deepEqual(dueAgain(twice, 1000, 1003), { dueMs: 1200, repeat: 1 });
    assert.deepEqual(dueAgain(twice, 1000, 1199), { dueMs: 1200, repeat: 1 });
    assert.deepEqual(dueAgain(twice, 1000, 1200), { dueMs: 1400, repeat: 1 });
    assert.deepEqual(dueAgain(twice, 1000, 9999), { dueMs: 10_199, repeat: 1 });
  });

  test('is due again as often as it repeats, for ever, or as cron says', () => {
    assert.equal(dueAgain({ ...spec, periodMs: 200 }, NOW, NOW), undefined);
    const endless = { ...spec, periodMs: 200, repeat: -1 };
    assert.deepEqual(dueAgain(endless, NOW, NOW), { dueMs: NOW + 200, repeat: -1 });
    const minute = { ...spec, cron: '* * * * *', repeat: 2 };
    assert.deepEqual(dueAgain(minute, 1_020_000, 1_020_000), { dueMs: 1_080_000, repeat: 2 });
  });

  test('starts a sequence at each cron time when it has a delay, a period or a repeat', () => {
    assert.equal(startsSequence(spec), false);
    assert.equal(startsSequence({ ...spec, delayMs: 1 }), true);
    assert.equal(startsSequence({ ...spec, periodMs: 1 }), true);
    assert.equal(startsSequence({ ...spec, repeat: 1 }), true);
  });
});
