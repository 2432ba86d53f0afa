/**
 * What was made, renamed or removed in a directory is durable only when the directory itself is synced;
 * the sync of a file covers its content, not its name.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes durable that a file or folder was made, removed or renamed in this directory. */
export function syncDirectory(directory: string): void {
  // Windows cannot open a directory, and needs no sync of it either.
  if (process.platform === 'win32') return;
  const file = openSync(directory, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a directory, and those above it, durably and for its owner alone; leaves one that exists. */
export function makeDirectory(directory: string): void {
  let made = resolve(directory);
  const first = mkdirSync(made, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  while (made.length >= first.length) {
    made = dirname(made);
    syncDirectory(made);
  }
}
