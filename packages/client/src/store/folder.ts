/**
 * The folder of an offline queue. What was made or removed in it is durable only when the folder itself
 * is synced: the sync of a file covers its content, not its name.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes durable that a file was made or removed in this folder. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and needs no sync of it either.
  if (process.platform === 'win32') return;
  const file = await open(folder, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder, and those above it, durably and for its owner alone; leaves one that exists. */
export async function makeFolder(folder: string): Promise<void> {
  let made = resolve(folder);
  const first = await mkdir(made, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  while (made.length >= first.length) {
    made = dirname(made);
    await syncFolder(made);
  }
}
