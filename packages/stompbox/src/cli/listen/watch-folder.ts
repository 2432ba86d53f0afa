/** Tells of changes to the files of a folder, not of those in folders inside it. */
import { watch } from 'node:fs';

/**
 * @param onChange called with the name of the file, often several times for one change.
 * @param onError called when nothing will be told any more.
 * @returns what ends it.
 */
export type WatchFolder = (
  folder: string,
  onChange: (name: string) => void,
  onError: (error: Error) => void,
) => () => void;

export const watchFolder: WatchFolder = (folder, onChange, onError) => {
  const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name ?? ''));
  watcher.on('error', onError);
  return () => watcher.close();
};
