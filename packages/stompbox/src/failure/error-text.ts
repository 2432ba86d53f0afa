import { inspect } from 'node:util';

/** An error for the log, with its stack and causes. One whose own code fails when it is shown must not do more harm. */
export function errorText(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return 'an error that cannot be shown, because its own code throws';
  }
}
