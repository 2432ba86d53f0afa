/** A program of this example as a process of its own, and what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Program {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #text = { stdout: '', stderr: '' };
  #waiting: (() => void)[] = [];
  #isEnded = false;

  /** @param name of the file in src, without its extension */
  constructor(
    context: TestContext,
    name: string,
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ) {
    const file = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
    this.#child = spawn(process.execPath, [file, ...args], { env: { PATH: '', ...env } });
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        this.#text[stream] += text;
        this.#tell();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#isEnded = true;
        this.#tell();
        resolve({ code, ...this.#text });
      });
    });
    context.after(async () => {
      this.#child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** What the pattern's first group stands for, as soon as it is printed. */
  async prints(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#text[stream]);
      if (match) return match[1] ?? '';
      if (this.#isEnded) {
        throw new Error(`It ended without ${pattern}: ${this.#text.stdout}${this.#text.stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
