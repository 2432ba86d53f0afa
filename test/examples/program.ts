/** An example as a process of its own, as a user starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { repository } from '../repository.js';

export class Program {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  /** Standard output and standard error. */
  output = '';

  /** @param example its folder: `fastify` */
  constructor(context: TestContext, example: string, env: Readonly<Record<string, string>> = {}) {
    const main = join(repository, 'examples', example, 'dist/main.js');
    const cwd = mkdtempSync(join(tmpdir(), 'stompbox-example-'));
    const base = { PATH: '', MQ_PORT: '0', PORT: '0' };
    this.#child = spawn(process.execPath, [main], { cwd, env: { ...base, ...env } });
    const note = (text: Buffer) => {
      this.output += text.toString();
    };
    this.#child.stdout?.on('data', note);
    this.#child.stderr?.on('data', note);
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
    context.after(async () => {
      this.#child.kill('SIGKILL');
      await this.ended;
      rmSync(cwd, { recursive: true, force: true });
    });
  }

  /** Where the web application is, as soon as it says so. */
  async origin(): Promise<string> {
    const [, origin] = await this.prints(/Web app +(http\S+)\n/);
    return origin ?? '';
  }

  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('the program has no output');
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      const more = [once(stdout, 'data'), once(stderr, 'data')];
      const isOver = await Promise.race([
        ...more.map((one) => one.then(() => false)),
        this.#over(),
      ]);
      if (isOver) throw new Error(`ended without ${pattern}: ${this.output}`);
    }
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  async #over(): Promise<boolean> {
    await this.ended;
    return true;
  }
}
