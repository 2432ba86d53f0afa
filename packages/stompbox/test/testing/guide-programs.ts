/** The programs that the guide to testing prints, by the names in their first lines. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const guide = path.join(import.meta.dirname, '../../../../docs/guide/testing.md');

const PROGRAM = /^```[jt]s\n(\/\/ (\S+)\n[\s\S]*?)^```$/gm;

export const guidePrograms: ReadonlyMap<string, string> = new Map(
  [...readFileSync(guide, 'utf8').matchAll(PROGRAM)].map(([, code = '', name = '']) => [
    name,
    code,
  ]),
);

export function guideProgram(name: string): string {
  return guidePrograms.get(name) ?? assert.fail(`the guide has no program ${name}`);
}

/** The program with its last test waiting in vain, instead of expecting that. */
export function failing(program: string): string {
  const changed = program.replace(/await expect\((t\.sent\(\w+\))\)\.rejects.*;/, 'await $1;');
  assert.notEqual(changed, program);
  return changed;
}
