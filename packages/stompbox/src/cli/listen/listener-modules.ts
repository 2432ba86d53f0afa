/**
 * Finds and loads the listeners of an application for `stompbox listen`.
 *
 * A listener module exports, as default or by any name, a class with `onMessage`, an object with
 * `onMessage`, or a `listener(…)` definition; a plain function only as default, because a module may
 * well export functions that are no listeners. TypeScript is loaded as it is, without type checks.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as stompbox from '../index.js';
import {
  isListenerClass,
  isListenerDefinition,
  isMessageListener,
  type ListenerDefinition,
  type ListenerFunction,
  type MessageListener,
} from '../listener/listener.js';
import { CommandError, usageError } from './report-error.js';

export type LoadedListener = MessageListener | ListenerFunction | ListenerDefinition;

const PATTERN = /^(.+)\.listener\.(ts|js|mjs)$/;
const FOLDERS = ['.', 'listeners'];
const EXPECTED = 'a class with onMessage, a listener(…) definition, or a function as default';

/** `*.listener.{ts,js,mjs}` here and in `listeners/`; of a source and its compiled twin the source. */
export function findListenerFiles(cwd: string): string[] {
  const found = new Map<string, string>();
  for (const folder of FOLDERS) {
    const directory = join(cwd, folder);
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const name of readdirSync(directory).sort().reverse()) {
      const [, stem, extension] = PATTERN.exec(name) ?? [];
      if (stem === undefined) continue;
      const key = join(directory, stem);
      if (extension === 'ts' || !found.has(key)) found.set(key, join(directory, name));
    }
  }
  return [...found.values()].sort();
}

/** The files to load: those given, or those found. */
export function listenerFiles(given: readonly string[], cwd: string): string[] {
  if (given.length === 0) {
    const found = findListenerFiles(cwd);
    if (found.length > 0) return found;
    throw usageError(
      'there is no listener: no *.listener.ts, .js or .mjs here or in listeners/',
      'name the files, for example: stompbox listen src/sample-listener.ts',
    );
  }
  return given.map((file) => {
    const path = resolve(cwd, file);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    throw usageError(`${file} is not a file`, 'name a listener module, .ts, .js or .mjs');
  });
}

/** All listeners of a module, at least one. */
export async function loadListeners(path: string): Promise<LoadedListener[]> {
  const load = createJiti(import.meta.url, {
    fsCache: false,
    sourceMaps: true,
    interopDefault: false,
    // The same copy as the one that runs, also where the application has none installed.
    virtualModules: { stompbox },
  });
  const found = await loaded(path, async () => {
    const exported = await load.import<Readonly<Record<string, unknown>>>(path);
    // One value under several names, as `export class A …; export default A` makes, is one listener.
    const values = [...new Set(Object.values(exported))];
    const listeners = values.map((value) => listenerOf(value, value === exported['default']));
    return listeners.filter((listener) => listener !== undefined);
  });
  if (found.length === 0) throw usageError(`${path} exports no listener`, `export ${EXPECTED}`);
  return found;
}

/** Runs the code of a module; its error is told with the place, but without our stack. */
async function loaded<T>(path: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    const where = error instanceof Error ? /\n\s+(at .*)/.exec(error.stack ?? '')?.[1] : undefined;
    throw new CommandError(`${path} cannot be loaded: ${why}`, where, { cause: error });
  }
}

function listenerOf(value: unknown, isDefault: boolean): LoadedListener | undefined {
  if (isListenerDefinition(value) || isMessageListener(value)) return value;
  if (isListenerClass(value)) return new value();
  return isDefault && typeof value === 'function' ? (value as ListenerFunction) : undefined;
}
