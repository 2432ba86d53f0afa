/** A broker that is killed and started again, always on the same data and port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('./broker-child.js', import.meta.url));

export class RestartedBroker {
  readonly #data: string;
  #port = 0;
  #child: ChildProcess | undefined;
  #exit: Promise<unknown> = Promise.resolve();

  /** It is killed after the test at the latest. */
  constructor(test: TestContext) {
    this.#data = temporaryFolder(test);
    test.after(() => this.kill());
  }

  get url(): string {
    return `stomp://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [SCRIPT, this.#data, String(this.#port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#exit = once(child, 'exit');
    const early = this.#exit.then(() => {
      throw new Error('The broker ended before it listened');
    });
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), early]);
    early.catch(() => 'it has started, so this is its end');
    this.#port = Number(line);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exit;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#child?.stdin?.end();
    await this.#exit;
  }
}
