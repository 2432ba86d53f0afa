import { cpSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Copies a data directory while its store is in use. That is what a crash at this moment would leave:
 * the files as they are, and nobody who holds the lock.
 */
export function copyAfterCrash(directory: string, copy: string): string {
  const isLock = (path: string) => basename(path).startsWith('lock-');
  cpSync(directory, copy, { recursive: true, filter: (path) => !isLock(path) });
  return copy;
}
