/**
 * What the text of a file must not contain or be called. Each rule is a name, the files it is
 * about, and a pattern; patterns are written so that this file does not match them.
 */
import type { SourceFile } from '../repository.js';

interface TextRule {
  readonly says: string;
  /** Paths that the rule is about. */
  readonly about: RegExp;
  /** Paths that it is not about after all. */
  readonly exceptFor?: RegExp;
  readonly pattern: RegExp;
}

const LIBRARY = /^packages\/[^/]+\/src\/.*\.ts$/;
const TYPESCRIPT = /\.ts$/;
const ANY_TEXT = /\.(ts|mjs|json|md|sh|yml)$|^\.ci\//;

/** Real implementations of the ports for time and chance; all others are given one of these. */
const PORTS = /\/(clock|random|system-clock|random-source)\.ts$/;

const TEXT_RULES: readonly TextRule[] = [
  { says: 'a library never writes to the console', about: LIBRARY, pattern: /\bconsole\.\w/ },
  {
    says: 'time and chance come through a port',
    about: LIBRARY,
    exceptFor: PORTS,
    pattern: /\bDate\.now\(|(?<![.#\w])set(?:Timeout|Interval)\(|\bMath\.random\(/,
  },
  {
    says: 'a test waits for an event or a fake clock, not for a time',
    about: /\/test\/.*\.ts$/,
    pattern: /setTimeout\(\s*\w+\s*,\s*\d|\bsleep\(\s*\d/,
  },
  { says: 'no type check is switched off', about: TYPESCRIPT, pattern: /@ts-(?:ignore|nocheck)/ },
  { says: 'no value of type any', about: TYPESCRIPT, pattern: /\bas any\b|(?<=\w): any\b/ },
  { says: 'no test is skipped or alone', about: /\.test\.ts$/, pattern: /\.(?:only|todo)\(/ },
  { says: 'no unfinished work', about: ANY_TEXT, pattern: /\b(?:TO)(?:DO)\b|\bFIX(?:ME)\b/ },
  { says: 'no host of a registry', about: ANY_TEXT, pattern: /https?:\/\/(?:registry|proxy)\./ },
  { says: 'no absolute path of a machine', about: ANY_TEXT, pattern: machinePath() },
  { says: 'no export of everything', about: LIBRARY, pattern: /^export \*/m },
  { says: 'no empty catch', about: TYPESCRIPT, pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/ },
];

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /(^|\/)(utils?|helpers?|common|misc|manager|impl|base)(\/|\.ts$|\.mjs$)/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|mjs)$/;

function machinePath(): RegExp {
  const folders = ['work', 'root', 'farm', 'home', 'Users'].join('|');
  return new RegExp(`(^|[^a-zA-Z0-9_.$}*])/(?:${folders})/[a-z]`, 'm');
}

export function textViolations(files: readonly SourceFile[]): string[] {
  const violations: string[] = [];
  for (const file of files) {
    for (const { says, about, exceptFor, pattern } of TEXT_RULES) {
      if (!about.test(file.path) || exceptFor?.test(file.path)) continue;
      const found = pattern.exec(file.text);
      if (!found) continue;
      const line = file.text.slice(0, found.index + 1).split('\n').length;
      violations.push(`${file.path}:${line} ${says}`);
    }
  }
  return violations;
}

export function nameViolations(paths: readonly string[]): string[] {
  return paths.filter(
    (file) => EMPTY_NAMES.test(file) || !KEBAB_CASE.test(file.slice(file.lastIndexOf('/') + 1)),
  );
}

/** Itself, or by running a suite that several files share. */
const ASSERTS = /\bassert\b|\bexpect\w*\(|\b\w+(?:Suite|Scenarios)\(/;

/** Test files that cannot fail: they assert nothing. */
export function assertsNothing(file: SourceFile): boolean {
  return file.path.endsWith('.test.ts') && !ASSERTS.test(file.text);
}

/** @param lockfile the text of package-lock.json */
export function lockfileViolations(lockfile: string): string[] {
  const hosts = lockfile.match(/"resolved": "(?:https?|git)[^"]*"/g) ?? [];
  return hosts.map((host) => `package-lock.json names a host: ${host}`);
}
