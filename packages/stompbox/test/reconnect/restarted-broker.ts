/** A broker that is killed and started again, always on the same data and port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('./broker-child.js', import.meta.url));

/** What broker-child.js ends with. */
const PORT_IN_USE = 75;
const MAX_ATTEMPTS = 20;

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
    // A client that tries to come back may have been given the port as its own end.
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (await this.#tryStart()) return;
    }
    throw new Error(`Port ${this.#port} was in use ${MAX_ATTEMPTS} times`);
  }

  /** False when its port is in use. */
  async #tryStart(): Promise<boolean> {
    const child = spawn(process.execPath, [SCRIPT, this.#data, String(this.#port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    const exit = once(child, 'exit');
    this.#exit = exit;
    const line = once(createInterface(child.stdout), 'line');
    const first = await Promise.race([line, exit.then(([code]) => Number(code))]);
    if (first === PORT_IN_USE) return false;
    if (typeof first === 'number') throw new Error(`The broker ended with ${first}`);
    this.#port = Number(first[0]);
    return true;
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
