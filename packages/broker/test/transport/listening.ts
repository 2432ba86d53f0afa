/** One connector for one test, on a free port and a clock that stands still, and what came of it. */
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Transport } from '@stompbox/broker';
import { type ConnectorOptions, resolveConnector } from '../../dist/connector-options.js';
import { type Connector, listen } from '../../dist/transport/connector.js';
import type { ConnectorError } from '../../dist/transport/connector-error.js';
import { FakeClock } from '../fake-clock.js';

/** Tests run from `dist-test`; the certificates lie beside their sources. */
export function certificate(name: string): string {
  return fileURLToPath(new URL(`../../test/transport/certificates/${name}`, import.meta.url));
}

export const SERVER_TLS = {
  keyFile: certificate('server-key.pem'),
  certFile: certificate('server.pem'),
} as const;

export const HANDSHAKE_TIMEOUT_MS = 30_000;

export class Listening {
  readonly clock = new FakeClock();
  readonly transports: Transport[] = [];
  readonly errors: ConnectorError[] = [];
  #connector: Connector | undefined;
  #waiting: Array<() => void> = [];

  get connector(): Connector {
    if (this.#connector === undefined) throw new Error('not listening yet');
    return this.#connector;
  }

  get port(): number {
    return this.connector.port;
  }

  async open(t: TestContext, options: ConnectorOptions, maxMessageBytes: number): Promise<void> {
    this.#connector = await listen(resolveConnector({ port: 0, ...options }, 'connector'), {
      clock: this.clock,
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      maxMessageBytes,
      onTransport: (transport) => {
        this.transports.push(transport);
        this.#wake();
      },
      onError: (error) => {
        this.errors.push(error);
        this.#wake();
      },
    });
    t.after(() => {
      this.connector.stop();
      for (const transport of this.transports) transport.destroy();
    });
  }

  /** The transport of the connection with this number, from 0, when it is there. */
  async transport(index = 0): Promise<Transport> {
    await this.until(() => this.transports.length > index);
    return this.transports[index] as Transport;
  }

  async error(index = 0): Promise<ConnectorError> {
    await this.until(() => this.errors.length > index);
    return this.errors[index] as ConnectorError;
  }

  /** Waits until so many connections are amid a handshake. */
  async handshakesBegin(count: number): Promise<void> {
    while (this.clock.timerCount < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Looks again whenever something has happened. */
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export async function listening(
  t: TestContext,
  options: ConnectorOptions,
  { maxMessageBytes = 1024 * 1024 } = {},
): Promise<Listening> {
  const scene = new Listening();
  await scene.open(t, options, maxMessageBytes);
  return scene;
}

/** Reads to the end of a connection, however it comes. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
