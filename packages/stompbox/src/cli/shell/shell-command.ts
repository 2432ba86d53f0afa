/**
 * `stompbox shell`: an interactive STOMP session, and the same commands from a file or a pipe.
 *
 * It connects, reads lines from where they come, and ends the session in order: at quit, at the end
 * of the input, at Ctrl-C, or when the connection is gone for good.
 */
import { createInterface } from 'node:readline';
import { type Connection, type ConnectOptions, connect } from '@stompbox/client';
import { connectWithListeners, PrintingListener } from '@stompbox/client/listeners';
import type { CommandContext } from '../command-context.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { Shell } from './shell.js';
import {
  checkShellFlags,
  type ShellFlags,
  shellConnectOptions,
  shellSettings,
  shellUrl,
} from './shell-flags.js';
import { ShellOutput } from './shell-output.js';
import { ShellPrompt } from './shell-prompt.js';
import { VERBS } from './verbs.js';

/** The user has asked for the end by Ctrl-C or SIGTERM. */
class Interruption extends Error {}

/** Where lines come from; listening needs none. */
type Mode = 'prompt' | 'script' | 'listen';

/** @param version of this program */
export async function runShell(
  context: CommandContext,
  flags: ShellFlags,
  version: string,
): Promise<number> {
  checkShellFlags(flags);
  const { terminal } = context;
  const mode = modeOf(flags, context);
  const end = new AbortController();
  const interrupt = () => end.abort(new Interruption('the user has ended it'));
  const isVerbose = flags.verbose === true;
  const output = new ShellOutput(terminal, { isJson: flags.json === true, isVerbose });
  let shell: Shell | undefined;
  try {
    const connection = await open(context, flags, mode, output, end.signal, interrupt);
    void connection.closed.then((error) => end.abort(error));
    shell = new Shell({
      connection,
      output,
      verbs: VERBS,
      version,
      signal: end.signal,
      isScript: mode === 'script',
      isKeptGoing: flags.keepGoing === true,
      folder: flags.saveFiles,
    });
    await converse(context, flags, shell, mode, interrupt);
  } catch (error) {
    if (end.signal.reason instanceof Interruption) return EXIT.interrupted;
    if (mode === 'script') throw shell?.failure?.error ?? error;
    // The shell has told it when it happened.
    if (shell?.failure?.error === error) return exitCodeOf(error);
    throw error;
  }
  if (mode !== 'script' || shell.failure === undefined) return EXIT.ok;
  // A script that went on has said what failed.
  if (flags.keepGoing) return exitCodeOf(shell.failure.error);
  throw shell.failure.error;
}

function modeOf({ file, listen }: ShellFlags, { terminal }: CommandContext): Mode {
  if (listen !== undefined) return 'listen';
  const isTyped = terminal.stdin.isTTY === true && terminal.screen.isTTY === true;
  return file === undefined && isTyped ? 'prompt' : 'script';
}

async function open(
  context: CommandContext,
  flags: ShellFlags,
  mode: Mode,
  output: ShellOutput,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<Connection> {
  const settings = await shellSettings(flags, context);
  const url = shellUrl(flags, settings);
  const { user, password } = settings;
  const options: ConnectOptions = {
    ...shellConnectOptions(flags, url),
    ...(user === undefined ? {} : { login: user }),
    ...(password === undefined ? {} : { passcode: password.reveal() }),
    // A script must not go on over a loss that took what it had sent.
    ...(mode === 'script' ? { reconnect: false } : {}),
    signal,
  };
  // Only from here on, so that Ctrl-C at the question for the passcode ends it as ever.
  void context.untilShutdown().then(interrupt);
  const open = context.ports.connect ?? connect;
  const connection = await (flags.verbose
    ? connectWithListeners(
        { verbose: new PrintingListener((line) => output.remark(line)) },
        (hooks) => open(url, { ...options, ...hooks }),
      )
    : open(url, options));
  const { peer, version, server } = connection;
  output.remark(
    `connected to ${peer}, STOMP ${version}${server === undefined ? '' : `, ${server}`}`,
  );
  return connection;
}

async function converse(
  context: CommandContext,
  flags: ShellFlags,
  shell: Shell,
  mode: Mode,
  interrupt: () => void,
): Promise<void> {
  try {
    if (flags.listen !== undefined) await listen(shell, flags.listen);
    else if (mode === 'prompt') await prompt(context, shell, interrupt);
    else await script(context, shell, flags.file);
    shell.signal.throwIfAborted();
  } finally {
    await shell.close();
  }
}

/** Ends by the signal, or with the error of a broker that takes the subscription back. */
async function listen(shell: Shell, destination: string): Promise<void> {
  const { connection, inbox, signal, output } = shell;
  await inbox.subscribe(destination, 'auto', signal);
  output.remark(`listening to ${destination} until Ctrl-C`);
  await new Promise<void>((resolve, reject) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    connection.onStatus((status) => {
      if (status.type === 'subscription-refused') reject(status.error);
    });
  });
}

async function prompt(
  { terminal }: CommandContext,
  shell: Shell,
  interrupt: () => void,
): Promise<void> {
  const { inbox, output, signal } = shell;
  const names = shell.verbs.flatMap((verb) => verb.names);
  const line = new ShellPrompt(terminal, {
    completions: (isFirst) => (isFirst ? names : inbox.destinations),
    onInterrupt: interrupt,
  });
  const close = () => line.close();
  signal.addEventListener('abort', close, { once: true });
  output.remark('help lists the commands, quit or Ctrl-D ends');
  output.writeAbove(line);
  try {
    await shell.converse(line.lines());
  } finally {
    output.writeAbove(undefined);
    signal.removeEventListener('abort', close);
    line.close();
  }
}

async function script(
  { terminal }: CommandContext,
  shell: Shell,
  file: string | undefined,
): Promise<void> {
  if (file !== undefined) return await shell.runFile(file);
  const lines = createInterface({ input: terminal.stdin, signal: shell.signal });
  try {
    await shell.runScript('standard input', lines);
  } finally {
    lines.close();
  }
}
