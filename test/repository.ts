/** The files of this repository as the tests of the whole repository see them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Top folder of the repository; compiled tests stand in test/dist-test/<folder>. */
export const repository = path.resolve(import.meta.dirname, '..', '..');

/** What is made, installed or stored beside the sources. */
const NOT_OURS = new Set([
  ...['node_modules', 'dist', 'dist-test', '.git', 'data', 'coverage', '.peers', '.cjs-build'],
]);

export interface SourceFile {
  /** Path from the top of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** All files of the repository whose name ends so, sorted by path. */
export function sourceFiles(...endings: readonly string[]): SourceFile[] {
  const found: string[] = [];
  collect('', found);
  return found
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort()
    .map((file) => ({ path: file, text: readText(file) }));
}

export function readText(file: string): string {
  return readFileSync(path.join(repository, file), 'utf8');
}

export function readJson<T>(file: string): T {
  return JSON.parse(readText(file)) as T;
}

function collect(folder: string, found: string[]): void {
  for (const entry of readdirSync(path.join(repository, folder), { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) collect(file, found);
    else if (entry.isFile()) found.push(file);
  }
}
