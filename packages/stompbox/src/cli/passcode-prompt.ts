/**
 * Where a passcode comes from: typed without being shown, or one line of standard input. Never from the
 * command line, which other users of the machine and the shell's history can read.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { usageError } from './report-error.js';
import type { Terminal } from './terminal.js';

export interface PasscodeFlags {
  readonly passcodeStdin?: true;
}

/**
 * The new passcode of a user, which is typed twice. `undefined`: the user does not want to go on.
 *
 * @throws UsageError where there is none, or two different ones
 */
export async function newPasscode(
  terminal: Terminal,
  name: string,
  flags: PasscodeFlags,
): Promise<string | undefined> {
  if (flags.passcodeStdin) return await firstLine(terminal.stdin);
  if (!terminal.stdin.isTTY) {
    throw usageError(
      'there is no terminal on which to ask for the passcode',
      'pipe it with --passcode-stdin',
    );
  }
  const [typed, again] = await typeUnseen(terminal, [
    `Passcode of ${name}, which is not shown:`,
    'The same once more:',
  ]);
  if (typed === undefined || again === undefined) return undefined;
  if (typed === again) return typed;
  throw usageError('the two passcodes are not the same', 'nothing was changed: try again');
}

async function firstLine(stdin: Terminal['stdin']): Promise<string> {
  if (stdin.isTTY) {
    throw usageError(
      '--passcode-stdin would show the passcode while it is typed',
      'leave it out to be asked, or pipe the passcode',
    );
  }
  for await (const line of createInterface({ input: stdin })) return line;
  throw usageError('standard input holds no passcode');
}

/** Answers to the questions in order, fewer if Ctrl-C or Ctrl-D ends it. */
export async function typeUnseen(
  terminal: Terminal,
  questions: readonly string[],
): Promise<string[]> {
  // It edits the line in raw mode and shows it on its output, which goes nowhere.
  const editor = createInterface({
    input: terminal.stdin,
    output: nowhere(),
    terminal: true,
    historySize: 0,
  });
  editor.on('SIGINT', () => editor.close());
  const lines = editor[Symbol.asyncIterator]();
  try {
    const answers: string[] = [];
    for (const question of questions) {
      terminal.talk(question);
      const { done, value } = await lines.next();
      if (done) break;
      answers.push(value);
    }
    return answers;
  } finally {
    editor.close();
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
