/** The broker's blob store in another process, as a test sees it: start, kill, start again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../../broker/dist-test/blob/blob-child.js');

export class BlobProcess {
  readonly #data: string;
  readonly #test: TestContext;
  #child: ChildProcess | undefined;
  #url = '';

  private constructor(test: TestContext) {
    this.#test = test;
    this.#data = mkdtempSync(join(tmpdir(), 'stompbox-blobs-'));
    test.after(async () => {
      await this.kill();
      rmSync(this.#data, { recursive: true, force: true });
    });
  }

  /** Resolves when it serves. */
  static async start(test: TestContext): Promise<BlobProcess> {
    const store = new BlobProcess(test);
    await store.startAgain();
    return store;
  }

  /** Where it takes blobs. */
  get url(): string {
    return this.#url;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  /** Names of its files. */
  files(): readonly string[] {
    return readdirSync(join(this.#data, 'blobs'));
  }

  /** Starts on the same port and data as before. */
  async startAgain(): Promise<void> {
    const port = this.#url === '' ? '0' : String(this.port);
    const child = spawn(process.execPath, [SCRIPT, this.#data, port], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#test.after(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit').then(([code]) => {
      throw new Error(`The blob store ended with ${code} before it served`);
    });
    exit.catch(() => 'it has started, so this is its normal end');
    const line = once(createInterface(child.stdout), 'line');
    const [url] = (await Promise.race([line, exit])) as [string];
    this.#url = url;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Memory of its own in bytes, from Linux. */
  memoryBytes(): number {
    const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}
