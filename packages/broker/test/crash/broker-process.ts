/** A broker in another process, as a test sees it: start, connect, kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { Transport } from '@stompbox/broker';
import { TcpTransport } from '../../dist/transport/tcp-transport.js';
import { StompClient } from '../stomp-client.js';

export class BrokerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.port = port;
  }

  /**
   * Resolves when the broker listens. It is killed after the test at the latest.
   * @param wrapper a program, with its arguments, that runs the broker
   */
  static async start(
    test: TestContext,
    data: string,
    wrapper: readonly string[] = [],
  ): Promise<BrokerProcess> {
    const script = join(import.meta.dirname, 'broker-child.js');
    const [command = '', ...args] = [...wrapper, process.execPath, script, data];
    // One thread for the disk, so that a tracer counts its calls as one row.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    test.after(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit').then(([code]) => {
      throw new Error(`The broker ended with ${code} before it listened`);
    });
    const line = once(createInterface(child.stdout), 'line');
    const [port] = (await Promise.race([line, exit])) as [string];
    exit.catch(() => 'it has started, so this is its normal end');
    return new BrokerProcess(child, Number(port));
  }

  /** The client's end of a new connection. */
  async transport(): Promise<Transport> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    return new TcpTransport(socket);
  }

  /** A client that has logged in. */
  async client(): Promise<StompClient> {
    const client = new StompClient(await this.transport());
    await client.connects();
    return client;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends it in order. */
  stop(): void {
    this.#child.stdin?.end();
  }

  /** Its exit code, once it has ended; `null` when it was killed. */
  async exitCode(): Promise<unknown> {
    const [code] = await this.#exit;
    return code;
  }

  /**
   * Memory of its own in bytes, from Linux. Pages of mapped files are not counted: the system takes
   * them back when somebody needs the memory.
   */
  ownMemoryBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
    return Number(kibibytes) * 1024;
  }
}
