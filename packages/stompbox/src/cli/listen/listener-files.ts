/**
 * Finds the listener modules of an application: those that are named, those that fit a pattern
 * (such as `*.listener.ts` in all folders of `src`), or, with nothing said, `*.listener.ts`, `.js` and `.mjs` here and in
 * `listeners/`. Of a source and its compiled twin the source is taken.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { usageError } from '../report-error.js';

const DEFAULT_PATTERNS = ['*.listener.{ts,js,mjs}', 'listeners/*.listener.{ts,js,mjs}'];
const WILDCARD = /[*?{]/;
/** Types without code. */
const DECLARATION = /\.d\.[cm]?ts$/;

/** Those that are found without anything said; none is no error. */
export function findListenerFiles(cwd: string): string[] {
  return sourcesOf(DEFAULT_PATTERNS.flatMap((pattern) => matchingFiles(pattern, cwd)));
}

/**
 * The files to load, absolute and each once.
 *
 * @param given names and patterns.
 */
export function listenerFiles(given: readonly string[], cwd: string): string[] {
  if (given.length === 0) {
    const found = findListenerFiles(cwd);
    if (found.length > 0) return found;
    throw usageError(
      'there is no listener: no *.listener.ts, .js or .mjs here or in listeners/',
      'name the files, for example: stompbox listen src/sample-listener.ts',
    );
  }
  return [...new Set(given.flatMap((one) => filesOf(one, cwd)))];
}

function filesOf(given: string, cwd: string): string[] {
  const path = resolve(cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return [path];
  if (!WILDCARD.test(given)) {
    throw usageError(`${given} is not a file`, 'name a listener module, .ts, .js or .mjs');
  }
  const found = sourcesOf(matchingFiles(given, cwd));
  if (found.length > 0) return found;
  throw usageError(`no file fits ${given}`, "quote it for the shell: 'src/**/*.listener.ts'");
}

/** Files below the folder with which the pattern begins; never in `node_modules` or hidden folders. */
function matchingFiles(pattern: string, cwd: string): string[] {
  const parts = pattern.split('/');
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => WILDCARD.test(part)),
  );
  const expression = expressionOf(pattern);
  const isDeep = pattern.includes('**');
  const depth = isDeep ? Number.POSITIVE_INFINITY : parts.length - fixed.length;
  const root = resolve(cwd, `${fixed.join('/')}${pattern.startsWith('/') ? '/' : ''}`);
  return filesBelow(root, depth).filter((path) => {
    const name = pattern.startsWith('/') ? path : relative(cwd, path);
    return expression.test(name.split(sep).join('/')) && !DECLARATION.test(path);
  });
}

function filesBelow(folder: string, depth: number): string[] {
  if (depth < 1 || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesBelow(path, depth - 1));
    else found.push(path);
  }
  return found;
}

/** `**` is any number of folders, `*` and `?` do not cross one, `{a,b}` is either. */
function expressionOf(pattern: string): RegExp {
  const text = pattern
    .replace(/^\.\//, '')
    .replaceAll(/\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g, (found) => {
      switch (found) {
        case '**/':
          return '(?:[^/]+/)*';
        case '**':
          return '.*';
        case '*':
          return '[^/]*';
        case '?':
          return '[^/]';
        case '{':
          return '(?:';
        case '}':
          return ')';
        case ',':
          return '|';
        default:
          return `\\${found}`;
      }
    });
  return new RegExp(`^${text}$`);
}

/** Sorted, without a compiled twin that lies beside its source. */
function sourcesOf(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return [...all]
    .filter((path) => !/\.m?js$/.test(path) || !all.has(path.replace(/\.m?js$/, '.ts')))
    .filter((path) => !path.endsWith('.js') || !all.has(path.replace(/\.js$/, '.mjs')))
    .sort();
}
