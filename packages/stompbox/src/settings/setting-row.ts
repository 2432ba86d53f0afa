/** One line of the catalogue: all there is to know about one setting. */
import type { SettingKind } from './setting-kind.js';

export interface SettingRow<Path extends string = string> {
  /** `listener.concurrency`. */
  readonly path: Path;
  /** `MQ_LISTENER_CONCURRENCY`; undefined for what a text cannot hold. */
  readonly variable: string | undefined;
  readonly kind: SettingKind;
  /** Undefined where there is none, or where it depends. */
  readonly initial: unknown;
  /** What stands in place of a default that depends: `as many as are handled at most`. */
  readonly initially: string | undefined;
  /** Kept as a `Secret`, and shown nowhere. */
  readonly isSecret: boolean;
  /** May also stand in a file, which the variable with `_FILE` names. */
  readonly isFromFile: boolean;
  /** Names a file; relative to the file that says so, or to the working directory. */
  readonly isPath: boolean;
  /** An object with settings of its own, or `false`. */
  readonly isSection: boolean;
  /** For people: one sentence without its full stop. */
  readonly about: string;
}

export interface RowOptions {
  readonly initial?: unknown;
  readonly initially?: string;
  readonly isSecret?: true;
  readonly isFromFile?: true;
  readonly isPath?: true;
  readonly isSection?: true;
  /** For what a text cannot hold. */
  readonly isCode?: true;
}

export function row<const Path extends string>(
  path: Path,
  kind: SettingKind,
  about: string,
  options: RowOptions = {},
): SettingRow<Path> {
  return {
    path,
    variable: options.isCode ? undefined : variableOf(path),
    kind,
    initial: options.initial,
    initially: options.initially,
    isSecret: options.isSecret ?? false,
    isFromFile: options.isFromFile ?? options.isSecret ?? false,
    isPath: options.isPath ?? false,
    isSection: options.isSection ?? false,
    about,
  };
}

/** `listener.retry.delayedMs` is `MQ_LISTENER_RETRY_DELAYED_MS`. */
function variableOf(path: string): string {
  const words = path.replaceAll('.', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return `MQ_${words.toUpperCase()}`;
}

/** The default for people: `10000,60000`, `none`. */
export function describeInitial({ initial, initially }: SettingRow): string {
  if (initially !== undefined) return initially;
  return initial === undefined ? 'none' : String(initial);
}
