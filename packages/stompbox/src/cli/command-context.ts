import type { MessagingPorts } from '../messaging.js';
import type { SettingsContext } from '../settings/resolve-settings.js';
import type { WatchFolder } from './listen/watch-folder.js';
import type { Terminal } from './terminal.js';

/** What every command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Working directory and environment. */
  readonly settings: Required<SettingsContext>;
  readonly ports: MessagingPorts;
  /** For `--reload`; only tests replace it. */
  readonly watchFolder?: WatchFolder;
  /** Resolves when the user wants the command to stop; see `shutdownSignal`. */
  readonly untilShutdown: () => Promise<'SIGINT' | 'SIGTERM'>;
}

/** A command's work; returns the exit code. */
export type Action<Flags> = (context: CommandContext, flags: Flags) => Promise<number>;
