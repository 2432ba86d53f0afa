/** Stores of the offline queue in a folder that is gone after the test. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SendRecord, SendStore } from '@stompbox/client/file-store';
import { FileSendStore } from '../../dist/store/file-send-store.js';
import type { CreateSegmentFile } from '../../dist/store/segment.js';

export function temporaryFolder(test: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'stompbox-offline-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function record(id: string, body: string | Uint8Array = `body of ${id}`): SendRecord {
  return {
    id,
    destination: '/queue/a',
    headers: [['dedup-id', id]],
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

export const createFile: CreateSegmentFile = (path) => open(path, 'wx', 0o600);

/** A store with small segments, or on files that fail. */
export function smallStore(
  folder: string,
  options: { readonly segmentBytes?: number; readonly createFile?: CreateSegmentFile } = {},
): SendStore {
  return new FileSendStore({
    folder,
    maxBytes: 1024 * 1024,
    segmentBytes: 1000,
    createFile,
    ...options,
  });
}

/** Ids that a new process would find. */
export async function idsIn(folder: string): Promise<string[]> {
  const store = smallStore(folder);
  const { records } = await store.load();
  await store.close();
  return records.map(({ id }) => id);
}

export function segmentFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(folder, name));
}

export function sizeOnDisk(folder: string): number {
  return segmentFiles(folder).reduce((sum, file) => sum + statSync(file).size, 0);
}
