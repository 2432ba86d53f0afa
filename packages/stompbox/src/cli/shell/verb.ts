/** What a command of the shell is, and what it finds there to work with. */
import type { Connection } from '@stompbox/client';
import { type UsageError, usageError } from '../report-error.js';
import type { ShellInbox } from './shell-inbox.js';
import type { ShellOutput } from './shell-output.js';
import type { ShellTransaction } from './shell-transaction.js';

export interface ShellHost {
  readonly connection: Connection;
  readonly inbox: ShellInbox;
  readonly transaction: ShellTransaction;
  readonly output: ShellOutput;
  readonly verbs: readonly Verb[];
  /** Of this program. */
  readonly version: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** No further line is executed. */
  quit(): void;
  /** Executes the lines of a file; stops at the first that fails, unless told to go on. */
  runFile(file: string): Promise<void>;
}

export interface Verb {
  /** The name, then its other names. */
  readonly names: readonly [string, ...string[]];
  /** What follows the name, as a usage line shows it; empty for nothing. */
  readonly parameters: string;
  /** What it does, in one or more sentences. */
  readonly help: string;
  run(shell: ShellHost, rest: string): Promise<void>;
}

export function usageOf({ names, parameters }: Pick<Verb, 'names' | 'parameters'>): string {
  return `${names[0]} ${parameters}`.trimEnd();
}

/** For words that are missing or too many. */
export function wrongUse(verb: Pick<Verb, 'names' | 'parameters'>): UsageError {
  return usageError(`expected: ${usageOf(verb)}`, `say: help ${verb.names[0]}`);
}
