/**
 * Cron expressions: minute, hour, day of the month, month, day of the week, in the time zone of this
 * machine, as in ActiveMQ. Only croner's arithmetic is used; it never starts a timer here, and the time
 * to count from is always given.
 */
import { Cron } from 'croner';

/** The first time after `afterMs` that an expression names, or `undefined` if there is none. */
export function nextCronTime(expression: string, afterMs: number): number | undefined {
  // Stopped from the start, so that it can only be asked.
  const cron = new Cron(expression, { mode: '5-part', paused: true });
  return cron.nextRun(new Date(afterMs))?.getTime();
}

/** Why an expression cannot be used, or `undefined` if it can. */
export function cronProblem(expression: string, afterMs: number): string | undefined {
  try {
    if (nextCronTime(expression, afterMs) !== undefined) return undefined;
    return 'it names no time that will ever come';
  } catch (error) {
    // Croner tells of bad expressions by TypeError and RangeError, which are all that it throws.
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
}
