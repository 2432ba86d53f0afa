/**
 * An app in a folder of its own, with the packages of stompbox as npm would install them: unpacked from
 * tarballs. Packages of others are links, to this repository or to the folder of a tool.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

const repository = path.resolve(import.meta.dirname, '../../../..');

export interface SampleApp {
  readonly folder: string;
  /** Runs a program of Node in it; its output, whatever its exit code. */
  run(file: string, ...args: readonly string[]): { readonly code: number; readonly output: string };
}

/** @param tools a folder whose node_modules the app sees, too */
export function sampleApp(
  context: Pick<TestContext, 'after'>,
  tools: string,
  files: Readonly<Record<string, string>>,
): SampleApp {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-sample-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const modules = path.join(folder, 'node_modules');
  mkdirSync(path.join(modules, '@stompbox'), { recursive: true });
  for (const [name, tarball] of Object.entries(packed(folder))) {
    mkdirSync(path.join(modules, name));
    const to = path.join(modules, name);
    execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', to]);
  }
  link(path.join(tools, 'node_modules'), modules);
  link(path.join(repository, 'node_modules'), modules);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return { folder, run: (file, ...args) => run(folder, file, args) };
}

function packed(folder: string): Record<string, string> {
  const script = path.join(repository, 'scripts/pack.mjs');
  const tarballs = path.join(folder, 'tarballs');
  mkdirSync(tarballs);
  return JSON.parse(execFileSync(process.execPath, [script, tarballs], { encoding: 'utf8' }));
}

/** What is there already comes first. */
function link(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') || existsSync(path.join(to, name))) continue;
    symlinkSync(path.join(from, name), path.join(to, name));
  }
}

function run(cwd: string, file: string, args: readonly string[]) {
  // A runner within a runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  try {
    const output = execFileSync(process.execPath, [file, ...args], {
      cwd,
      env: { ...env, NO_COLOR: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number } & Record<string, string>;
    return { code: status, output: `${stdout}\n${stderr}` };
  }
}
