/**
 * Ends a web application whose framework has no life of its own (Express, Hono on Node, plain `node:http`),
 * in the order in which nothing is lost:
 *
 *   SIGTERM or Ctrl-C → not ready → listeners stop, no new connections → running requests finish, and may
 *   still send → the service closes. A second signal ends the process at once, with exit code 130.
 */
import { type Clock, systemClock, TimeoutError } from '@stompbox/client';
import { type Logger, stderrLogger } from '../logger.js';
import type { MessagingCloseOptions } from '../messaging-close.js';
import { shutdownSignal } from '../shutdown-signal.js';
import { withinWait } from '../within-wait.js';

/** What a server of `node:http` and `node:https` can do. */
export interface DrainableServer {
  close(callback: (error?: Error) => void): unknown;
  closeIdleConnections?(): void;
  closeAllConnections?(): void;
  prependListener?(
    event: 'request',
    listener: (request: HttpVersion, response: HeaderSink) => void,
  ): unknown;
}

interface HttpVersion {
  readonly httpVersionMajor: number;
}

interface HeaderSink {
  setHeader(name: string, value: string): unknown;
}

/** A `MessagingLifecycle`, or a `Messaging` whose listeners then stop last. */
export interface DrainableMessaging {
  stopListeners?(): Promise<void>;
  close(options?: MessagingCloseOptions): Promise<void>;
}

export interface DrainOptions {
  /** For all of it. Default 25,000, which fits into the 30 s that a supervisor usually waits. */
  readonly timeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

export interface DrainPorts {
  /** Resolves when the process shall end. */
  readonly signal?: () => Promise<string>;
  readonly clock?: Clock;
}

/** How often connections are looked for that a finished request has left open. */
const IDLE_CHECK_MS = 50;

/**
 * Waits for the signal and drains. Resolves with the exit code: 0, or 1 when something was cut short.
 *
 *     process.exitCode = await drainOnShutdown(server, lifecycle);
 */
export async function drainOnShutdown(
  server: DrainableServer,
  messaging: DrainableMessaging,
  { timeoutMs = 25_000, logger = stderrLogger }: DrainOptions = {},
  { signal = shutdownSignal, clock = systemClock }: DrainPorts = {},
): Promise<number> {
  const name = await signal();
  logger.info(
    `${name}: running requests and messages are finished first; once more ends it at once`,
  );
  const endMs = clock.now() + timeoutMs;
  let exitCode = 0;
  const note = (error: unknown) => {
    logger.error(error instanceof Error ? error.message : String(error));
    exitCode = 1;
  };
  const stopping = Promise.all([messaging.stopListeners?.(), closeServer(server, clock)]);
  try {
    await withinWait(stopping, { timeoutMs }, clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', ['The application', ms, 'requests or handlers']),
    );
  } catch (error) {
    note(error);
    server.closeAllConnections?.();
  }
  const leftMs = Math.max(1, Math.ceil(endMs - clock.now()));
  await messaging.close({ timeoutMs: leftMs }).catch(note);
  return exitCode;
}

async function closeServer(server: DrainableServer, clock: Clock): Promise<void> {
  // A connection that is kept alive would bring request after request.
  server.prependListener?.('request', ({ httpVersionMajor }, response) => {
    if (httpVersionMajor === 1) response.setHeader('connection', 'close');
  });
  let cancel: () => void = () => undefined;
  // A request that was running has promised to keep its connection alive: nobody else ends that.
  const closeIdle = () => {
    server.closeIdleConnections?.();
    cancel = clock.setTimer(closeIdle, IDLE_CHECK_MS, { keepAlive: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      closeIdle();
    });
  } finally {
    cancel();
  }
}
