import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function newTemporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'stompbox-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A folder that is gone when the test is over, with these files in it. */
export function temporaryFolder(
  context: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>> = {},
): string {
  const folder = newTemporaryFolder();
  context.after(() => folder.remove());
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder.path, name), content);
  }
  return folder.path;
}
