/**
 * The layers of the house as a rule about imports:
 *
 *   examples → stompbox → { broker, client } → protocol
 *
 * - A package imports only packages to its right, and what its own package.json lists.
 * - Tests may also import what the package.json of the whole house lists for development.
 * - `protocol` runs in a browser: it imports nothing but its own files.
 * - A relative import stays inside its own `src` or `test` folder; only tests look into their `dist`.
 */
import { builtinModules } from 'node:module';
import path from 'node:path';
import type { SourceFile } from '../repository.js';

const RIGHT_OF: Readonly<Record<string, readonly string[]>> = {
  'packages/protocol': [],
  'packages/client': ['@stompbox/protocol'],
  'packages/broker': ['@stompbox/protocol'],
  'packages/stompbox': ['@stompbox/protocol', '@stompbox/client', '@stompbox/broker'],
};

const RIGHT_OF_EXAMPLES = ['stompbox'];

const OWN_NAME: Readonly<Record<string, string>> = {
  'packages/protocol': '@stompbox/protocol',
  'packages/client': '@stompbox/client',
  'packages/broker': '@stompbox/broker',
  'packages/stompbox': 'stompbox',
};

/** Tests may reach one room further: a client is best tested against the real broker. */
const TESTS_ALSO: Readonly<Record<string, readonly string[]>> = {
  'packages/client': ['@stompbox/broker'],
};

/** Module names after `from`, in `import 'x'`, `import('x')` and `import.meta.resolve('x')`. */
const IMPORT =
  /(?:\bfrom|\bimport|\bimport\(|\bimport\.meta\.resolve\()\s*['"]([@.\w][\w@./:-]*)['"]/g;

/** A line of a comment, where examples may import what they like. */
const COMMENT_LINE = /^\s*(\*|\/\/|\/\*).*$/gm;

/** @param dependencies names that the package.json of a folder lists, by folder; of `.` all */
export function importViolations(
  files: readonly SourceFile[],
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const violations: string[] = [];
  for (const file of files) {
    const room = /^(packages|examples)\/[^/]+/.exec(file.path)?.[0];
    if (room === undefined) continue;
    for (const [, target] of file.text.replaceAll(COMMENT_LINE, '').matchAll(IMPORT)) {
      const reason = target && forbidden(file.path, room, target, dependencies);
      if (reason) violations.push(`${file.path} imports ${target}: ${reason}`);
    }
  }
  return violations;
}

function forbidden(
  file: string,
  room: string,
  target: string,
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  const part = file.slice(room.length + 1).split('/')[0] ?? '';
  const isTest = part === 'test';
  if (target.startsWith('.')) {
    const resolved = path.posix.join(path.posix.dirname(file), target);
    if (resolved.startsWith(`${room}/${part}/`)) return undefined;
    if (isTest && resolved.startsWith(`${room}/dist/`)) return undefined;
    return `a relative import stays inside ${room}/${part}`;
  }
  if (target.startsWith('node:')) {
    const isPure = room === 'packages/protocol' && !isTest;
    return isPure ? 'the protocol runs in a browser' : undefined;
  }
  if (builtinModules.includes(target)) return `write node:${target}`;
  const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  if (name === 'stompbox' || name.startsWith('@stompbox/')) {
    const allowed = [...(RIGHT_OF[room] ?? RIGHT_OF_EXAMPLES)];
    if (isTest) allowed.push(OWN_NAME[room] ?? '', ...(TESTS_ALSO[room] ?? []));
    if (!allowed.includes(name)) return `${name} is not to the right of ${room}`;
  }
  if (isTest && (name.includes('stompbox') || dependencies.get('.')?.has(name))) return undefined;
  return dependencies.get(room)?.has(name) ? undefined : `${room}/package.json does not list it`;
}
