/** The `stompbox` command as a child process that a test can read, signal and wait for. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('stompbox')));

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; without it, standard input stays open for `write`. */
  readonly input?: string | Uint8Array;
}

export class Command {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #output = { stdout: '', stderr: '' };
  #onOutput: (() => void)[] = [];
  #isEnded = false;

  constructor(args: readonly string[], options: CommandOptions) {
    // Nothing of the environment but what a test gives: no MQ_ variable may slip in.
    const env = { PATH: process.env['PATH'] ?? '', ...options.env };
    this.#child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env });
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        this.#output[stream] += text;
        this.#tell();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#isEnded = true;
        resolve({ code, ...this.#output });
        this.#tell();
      });
    });
    if (options.input !== undefined) this.#child.stdin?.end(options.input);
  }

  /** Resolves with the match as soon as the output so far has one; rejects if it ends before. */
  async shows(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output[stream]);
      if (match) return match;
      if (this.#isEnded) {
        const { stdout, stderr } = this.#output;
        throw new Error(`it ended without ${pattern} on ${stream}:\n${stdout}\n${stderr}`);
      }
      await new Promise<void>((resolve) => this.#onOutput.push(resolve));
    }
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Stops reading its standard output, as `head` does when it has enough. */
  closeReader(): void {
    this.#child.stdout?.destroy();
  }

  #tell(): void {
    for (const resolve of this.#onOutput.splice(0)) resolve();
  }
}

/** Starts a command, which is killed if it still runs when the test is over. */
export function start(
  context: Pick<TestContext, 'after'>,
  args: readonly string[],
  options: CommandOptions = {},
): Command {
  const command = new Command(args, options);
  context.after(async () => {
    command.signal('SIGKILL');
    await command.ended;
  });
  return command;
}

/** Runs a command that ends by itself. */
export function run(
  context: Pick<TestContext, 'after'>,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ended> {
  return start(context, args, { input: '', ...options }).ended;
}
