/**
 * A process that wants the lock of a directory: prints `locked` or the code of the error, and holds
 * the lock until its standard input ends.
 *
 *   node lock-holder.js DIRECTORY
 */
import { StoreError } from '@stompbox/broker';
import { lockDirectory } from '../../dist/store/directory-lock.js';

try {
  const lock = await lockDirectory(process.argv[2] ?? '');
  process.stdin.once('end', () => void lock.release());
  process.stdin.resume();
  process.stdout.write('locked\n');
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  process.stdout.write(`${error.code}\n`);
}
