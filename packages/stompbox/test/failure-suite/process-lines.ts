/** A Node program as a child process, line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

export class ProcessLines {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #stderr = '';
  #tell: (() => void)[] = [];

  /** It is killed after the test at the latest. */
  constructor(test: Pick<TestContext, 'after'>, args: readonly string[]) {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    createInterface(child.stdout).on('line', (line) => this.#add(line));
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        resolve(code);
        this.#add('');
      });
    });
    test.after(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get stderr(): string {
    return this.#stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the first line that matches; rejects when it ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null)
        throw new Error(`No line like ${pattern}: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#tell.push(resolve));
    }
  }

  #add(line: string): void {
    this.#lines.push(line);
    for (const resolve of this.#tell.splice(0)) resolve();
  }
}
