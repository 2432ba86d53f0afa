/**
 * One session of the shell: executes lines, keeps what they need, and ends in order.
 *
 *   open ──quit()──▶ quitting ──close()──▶ closed
 *     └─────────────close()───────────────────┘
 *
 * A script stops at its first command that fails, because what follows may rely on it; with
 * `isKeptGoing` it goes on. The first failure counts in the end, and an ERROR of the broker that
 * belongs to no waiting command is one too. Who is told: a person at once, and so is the reader of a
 * script that goes on; otherwise whoever runs the script gets the error.
 */
import assert from 'node:assert/strict';
import { readFileSync, realpathSync } from 'node:fs';
import type { Connection, ConnectionStatus, Message } from '@stompbox/client';
import { CommandError, usageError } from '../report-error.js';
import { saveReceivedFile } from './received-file.js';
import { ShellInbox } from './shell-inbox.js';
import type { ShellOutput } from './shell-output.js';
import { ShellTransaction } from './shell-transaction.js';
import type { ShellHost, Verb } from './verb.js';
import { splitFirst } from './words.js';

export interface ShellOptions {
  readonly connection: Connection;
  readonly output: ShellOutput;
  readonly verbs: readonly Verb[];
  readonly version: string;
  readonly signal: AbortSignal;
  /** Whether all lines come from a script. */
  readonly isScript: boolean;
  readonly isKeptGoing: boolean;
  /** Where files that arrive are saved; without it they are printed as they are. */
  readonly folder: string | undefined;
}

type ShellState = 'open' | 'quitting' | 'closed';

const TRANSITIONS: Readonly<Record<ShellState, readonly ShellState[]>> = {
  open: ['quitting', 'closed'],
  quitting: ['quitting', 'closed'],
  closed: [],
};

export class Shell implements ShellHost {
  readonly connection: Connection;
  readonly inbox: ShellInbox;
  readonly transaction: ShellTransaction;
  readonly output: ShellOutput;
  readonly verbs: readonly Verb[];
  readonly version: string;
  readonly signal: AbortSignal;
  readonly #isKeptGoing: boolean;
  readonly #isReporting: boolean;
  readonly #reported = new Set<unknown>();
  readonly #folder: string | undefined;
  /** Scripts that run now, each by the one before. */
  readonly #scripts: string[] = [];
  #state: ShellState = 'open';
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ShellOptions) {
    this.connection = options.connection;
    this.output = options.output;
    this.verbs = options.verbs;
    this.version = options.version;
    this.signal = options.signal;
    this.#isKeptGoing = options.isKeptGoing;
    this.#isReporting = !options.isScript || options.isKeptGoing;
    this.#folder = options.folder;
    this.inbox = new ShellInbox(options.connection, (message) => this.#show(message));
    this.transaction = new ShellTransaction(options.connection);
    options.connection.onStatus((status) => this.#handleStatus(status));
  }

  get state(): ShellState {
    return this.#state;
  }

  /** The first thing that went wrong in a script, or that the broker complained about. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  quit(): void {
    this.#transition('quitting');
  }

  /** Executes one line; an empty one and a comment (#) do nothing. */
  async execute(line: string): Promise<void> {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return;
    const { word, rest } = splitFirst(text);
    const verb = this.verbs.find(({ names }) => names.includes(word));
    if (verb === undefined) throw usageError(`there is no command ${word}`, 'say: help');
    await verb.run(this, rest);
  }

  /** Executes lines typed by a person, who sees what went wrong and goes on. */
  async converse(lines: AsyncIterable<string>): Promise<void> {
    for await (const line of lines) {
      try {
        await this.execute(line);
      } catch (error) {
        if (this.signal.aborted) return;
        this.#report(error);
      }
      if (this.#state !== 'open') return;
    }
  }

  /** @param name of the script, for errors */
  async runScript(name: string, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
    let number = 0;
    for await (const line of lines) {
      number += 1;
      const before = this.#failure;
      try {
        await this.execute(line);
        if (this.#failure !== before && !this.#isKeptGoing) throw this.#failure?.error;
      } catch (error) {
        if (this.signal.aborted) throw error;
        this.output.remark(`${name}, line ${number}:`);
        if (!this.#isKeptGoing) throw error;
        this.#complain(error);
      }
      if (this.#state !== 'open') return;
    }
  }

  async runFile(file: string): Promise<void> {
    const { path, lines } = readScript(file);
    if (this.#scripts.includes(path)) throw usageError(`${file} would run itself`);
    this.#scripts.push(path);
    try {
      await this.runScript(file, lines);
    } finally {
      this.#scripts.pop();
    }
  }

  /** Aborts an open transaction and closes the connection, unless that is closed already. */
  async close(): Promise<void> {
    this.#transition('closed');
    if (this.connection.state === 'closed') return;
    try {
      if (this.transaction.current !== undefined) {
        this.output.remark(`aborted transaction ${await this.transaction.abort()}`);
      }
    } finally {
      await this.connection.close();
    }
  }

  async #show(message: Message): Promise<void> {
    const name = message.headers.get('filename');
    const file =
      name === undefined || this.#folder === undefined
        ? undefined
        : this.#save(this.#folder, name, message);
    await this.output.message(message, file);
  }

  /** A file that cannot be saved is printed like any other message, so that nothing is lost. */
  #save(folder: string, name: string, message: Message): string | undefined {
    try {
      return saveReceivedFile(folder, name, message.text());
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  #handleStatus(status: ConnectionStatus): void {
    switch (status.type) {
      case 'reconnecting':
        this.inbox.forgetUnsettled();
        this.output.remark(
          `lost connection: ${status.error.message}; connecting again. What was sent without a ` +
            'receipt may be lost',
        );
        break;
      case 'connected':
        if (status.isReconnect) this.output.remark(`connected again to ${status.peer}`);
        break;
      case 'broker-error':
      case 'handler-failed':
        this.#complain(status.error);
        break;
      case 'subscription-refused':
        this.inbox.forget(status.destination);
        this.#complain(status.error);
        break;
    }
  }

  #complain(error: unknown): void {
    this.#failure ??= { error };
    if (this.#isReporting) this.#report(error);
  }

  /** Once: the same error may be a status of the connection and the failure of a command. */
  #report(error: unknown): void {
    if (this.#reported.has(error)) return;
    this.#reported.add(error);
    this.output.error(error);
  }

  #transition(to: ShellState): void {
    assert(TRANSITIONS[this.#state].includes(to), `the shell is ${this.#state}, not to be ${to}`);
    this.#state = to;
  }
}

function readScript(file: string): { path: string; lines: string[] } {
  try {
    return { path: realpathSync(file), lines: readFileSync(file, 'utf8').split(/\r?\n/) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the script cannot be read: ${why}`, undefined, { cause: error });
  }
}
