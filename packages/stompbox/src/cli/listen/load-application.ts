/** All listeners that a command is about: of the files that it names, or of some names only. */
import { resolveListener } from '../../listener/listener.js';
import { suggestName } from '../../suggestion.js';
import { usageError } from '../report-error.js';
import { listenerFiles } from './listener-files.js';
import { type LoadedListener, loadListeners } from './listener-modules.js';

export interface ApplicationFiles {
  readonly cwd: string;
  /** Names and patterns of files; none: those that are found. */
  readonly given: readonly string[];
  /** Names of listeners; undefined: all. */
  readonly only?: readonly string[] | undefined;
  /** See `loadListeners`. */
  readonly isOnce?: boolean;
}

export interface LoadedApplication {
  readonly files: readonly string[];
  readonly listeners: readonly LoadedListener[];
}

export async function loadApplication(wanted: ApplicationFiles): Promise<LoadedApplication> {
  const { cwd, given, only, isOnce } = wanted;
  const files = listenerFiles(given, cwd);
  const listeners: LoadedListener[] = [];
  for (const path of files) listeners.push(...(await loadListeners(path, isOnce)));
  return { files, listeners: only === undefined ? listeners : selected(listeners, only) };
}

function selected(listeners: readonly LoadedListener[], only: readonly string[]): LoadedListener[] {
  const named = listeners.map((listener) => ({ name: resolveListener(listener).name, listener }));
  const names = [...new Set(named.map(({ name }) => name))];
  for (const name of only) {
    if (names.includes(name)) continue;
    const near = suggestName(name, names);
    throw usageError(
      `there is no listener ${name}`,
      near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`,
    );
  }
  return named.filter(({ name }) => only.includes(name)).map(({ listener }) => listener);
}
