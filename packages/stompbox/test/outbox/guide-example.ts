/** The examples of the guides, run as programs of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
let count = 0;

/** The example of a guide that contains this text. */
export function exampleWith(guide: string, part: string): string {
  const page = readFileSync(new URL(`../../../../docs/guide/${guide}`, import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  const found = examples.filter((code) => code.includes(part));
  if (found.length === 1) return found[0] ?? '';
  throw new Error(`${found.length} examples of ${guide} contain ${part}`);
}

/** Resolves with its standard output; rejects when it fails or complains. */
export async function runExample(
  context: TestContext,
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  count += 1;
  // In here, so that it finds its packages as an application would.
  const file = join(HERE, `guide-example-${process.pid}-${count}.mjs`);
  writeFileSync(file, code);
  context.after(() => rmSync(file));
  const child = spawn(process.execPath, [file], {
    cwd: temporaryFolder(context),
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const [output, errors, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (exit === 0 && errors === '') return output;
  throw new Error(`the example ended with ${exit}:\n${errors}`);
}

/** The variables by which pg finds a database without being told. */
export function postgresVariables(url: string): Readonly<Record<string, string>> {
  const { hostname, port, username, pathname } = new URL(url);
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: pathname.slice(1) };
}
