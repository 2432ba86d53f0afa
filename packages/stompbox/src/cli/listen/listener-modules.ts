/**
 * Loads the listeners of an application.
 *
 * A listener module exports, as default or by any name, a class with `onMessage`, an object with
 * `onMessage`, a `listener(…)` definition, or an array of these; a plain function only as default, because
 * a module may well export functions that are no listeners. TypeScript is loaded as it is, without type
 * checks.
 */
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { createJiti } from 'jiti';
import * as stompbox from '../../index.js';
import {
  isListenerClass,
  isListenerDefinition,
  isMessageListener,
  type ListenerDefinition,
  type ListenerFunction,
  type MessageListener,
} from '../../listener/listener.js';
import { CommandError, usageError } from '../report-error.js';

export type LoadedListener = MessageListener | ListenerFunction | ListenerDefinition;

type Exports = Readonly<Record<string, unknown>>;

const EXPECTED =
  'a class with onMessage, a listener(…) definition, an array of these, or a function as default';

/**
 * All listeners of a module, at least one.
 *
 * @param isOnce false: it can be loaded anew after `forgetModules`, which Node's own import cannot; but it
 *   cannot use top-level await then.
 */
export async function loadListeners(path: string, isOnce = true): Promise<LoadedListener[]> {
  const load = createJiti(import.meta.url, {
    fsCache: false,
    sourceMaps: true,
    interopDefault: false,
    // The same copy as the one that runs, also where the application has none installed.
    virtualModules: { stompbox },
  });
  const found = await loaded(path, async () => {
    const exported: Exports = isOnce ? await load.import<Exports>(path) : load(path);
    // One value under several names, as `export class A …; export default A` makes, is one listener.
    const values = [...new Set(Object.values(exported).flat())];
    const named = exported['default'];
    const isDefault = (value: unknown) =>
      Array.isArray(named) ? named.includes(value) : value === named;
    const listeners = values.map((value) => listenerOf(value, isDefault(value)));
    return listeners.filter((listener) => listener !== undefined);
  });
  if (found.length === 0) throw usageError(`${path} exports no listener`, `export ${EXPECTED}`);
  return found;
}

/**
 * Forgets the modules of the application that were loaded, so that they are loaded anew; packages stay.
 *
 * @param cwd folder of the application
 */
export function forgetModules(cwd: string): void {
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache)) {
    const isOurs = path.startsWith(`${cwd}${sep}`) && !path.includes(`${sep}node_modules${sep}`);
    if (isOurs) delete cache[path];
  }
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
