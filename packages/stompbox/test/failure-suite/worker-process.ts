/** A worker as a child process, whose reports go into the ledger. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MessageLedger } from './message-ledger.js';
import { enter, type Report } from './reports.js';

const SCRIPT = fileURLToPath(new URL('./worker-child.js', import.meta.url));

export class WorkerProcess {
  /** The exit code, or null when a signal ended it; after its last report. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #stderr = '';

  private constructor(child: ChildProcess, ledger: MessageLedger, onStarted: () => void) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => child.once('close', resolve));
    if (child.stdout === null) throw new Error('It has no standard output');
    createInterface(child.stdout).on('line', (line) => {
      const report = JSON.parse(line) as Report | { readonly type: 'started' };
      if (report.type === 'started') onStarted();
      else enter(ledger, report as Report);
    });
  }

  /** Resolves when it is subscribed. */
  static async start(url: string, queue: string, options: object, ledger: MessageLedger) {
    const child = spawn(process.execPath, [SCRIPT, url, queue, JSON.stringify(options)], {
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let onStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      onStarted = resolve;
    });
    const worker = new WorkerProcess(child, ledger, () => onStarted());
    await Promise.race([
      started,
      worker.ended.then((code) => {
        throw new Error(`The worker ended with ${code}:\n${worker.stderr}`);
      }),
    ]);
    return worker;
  }

  get stderr(): string {
    return this.#stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL; resolves when it is gone and its last report was entered. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
