/** Cron expressions in a time zone with summer time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cronProblem, nextCronTime } from '../../dist/schedule/cron.js';

// The zone of this machine, as far as this process is concerned.
process.env['TZ'] = 'Europe/Berlin';

function next(expression: string, after: string): string | undefined {
  const time = nextCronTime(expression, Date.parse(after));
  return time === undefined ? undefined : new Date(time).toISOString();
}

describe('the next time of a cron expression', () => {
  test('is later than the time asked about, also within its minute', () => {
    assert.equal(next('* * * * *', '2025-01-01T10:00:00.000Z'), '2025-01-01T10:01:00.000Z');
    assert.equal(next('* * * * *', '2025-01-01T10:00:59.999Z'), '2025-01-01T10:01:00.000Z');
  });

  test('is in the time zone of the machine', () => {
    assert.equal(next('0 12 * * *', '2025-01-01T00:00:00Z'), '2025-01-01T11:00:00.000Z');
    assert.equal(next('0 12 * * *', '2025-07-01T00:00:00Z'), '2025-07-01T10:00:00.000Z');
  });

  test('comes once where the clock skips it or shows it twice', () => {
    assert.equal(next('30 2 * * *', '2025-03-29T23:30:00Z'), '2025-03-30T01:00:00.000Z');
    assert.equal(next('30 2 * * *', '2025-03-30T01:00:00Z'), '2025-03-31T00:30:00.000Z');
    assert.equal(next('30 2 * * *', '2025-10-25T22:30:00Z'), '2025-10-26T00:30:00.000Z');
    assert.equal(next('30 2 * * *', '2025-10-26T00:30:00Z'), '2025-10-27T01:30:00.000Z');
  });

  test('fits the day of the month or the day of the week when both are given', () => {
    assert.equal(next('0 0 13 * 5', '2025-06-01T00:00:00Z'), '2025-06-05T22:00:00.000Z');
    assert.equal(next('0 0 13 * 5', '2025-06-06T00:00:00Z'), '2025-06-12T22:00:00.000Z');
  });

  test('is none for a date that does not exist', () => {
    assert.equal(next('0 0 31 2 *', '2025-01-01T00:00:00Z'), undefined);
  });
});

test('what is wrong with a cron expression is told', () => {
  assert.equal(cronProblem('0 12 * * MON-FRI', 0), undefined);
  assert.match(cronProblem('every day', 0) ?? '', /parts are required/);
  assert.match(cronProblem('0 0 31 2 *', 0) ?? '', /no time/);
});
