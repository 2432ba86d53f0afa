/**
 * The message service in the life of a web application: it starts with it, and ends in the order in which
 * nothing is lost.
 *
 *   new ──start()──► started ──stopListeners()──► draining ──close()──► closed
 *
 * - while it drains, no listener takes messages any more, and running requests may still send
 * - of the setting `shutdown.drainTimeoutMs` listeners have four fifths; what is left then is told to hurry, and cut
 * - how it starts while the broker is away, the startup mode says
 *
 * A framework's adapter calls it at the right moments; this file knows no framework.
 */
import assert from 'node:assert/strict';
import { type Clock, systemClock } from '@stompbox/client';
import type {
  ListenerDefinition,
  ListenerFunction,
  MessageListener,
} from '../listener/listener.js';
import type { ListenerHandle } from '../listener/listener-handle.js';
import type { ConsumeOptions } from '../listener/listener-options.js';
import { type Logger, stderrLogger } from '../logger.js';
import type { Messaging } from '../messaging.js';
import type { MessagingCloseOptions } from '../messaging-close.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import type { Startup } from '../settings/section/connection-section.js';
import { Settings, type SettingsInput } from '../settings/settings.js';
import { createMessaging } from '../stomp-messaging.js';
import { withinWait } from '../within-wait.js';
import { type ResolvedLifecycle, resolveLifecycleOptions } from './lifecycle-options.js';

/** A listener in any of its forms, or with options for `consume`. */
export type ListenerEntry =
  | ListenerDefinition<never>
  | MessageListener<never>
  | ListenerFunction<never>
  | {
      readonly listener: MessageListener<never> | ListenerFunction<never>;
      readonly options: ConsumeOptions;
    };

export interface LifecycleOptions {
  /** Settings of the service. Default: environment, `stompbox.config.ts`, defaults. */
  readonly settings?: SettingsInput | Settings | undefined;
  /** A service that was made before, instead of settings; it is closed with the application, too. */
  readonly messaging?: Messaging | undefined;
  /** Started with the application. Default: none. */
  readonly listeners?: readonly ListenerEntry[] | undefined;
  /**
   * While the broker is away when the application starts. `fail`: starting fails. `retry`: starting
   * waits until the broker is there. `background`: the application starts, its listeners follow.
   * Default: the setting `connection.startup` where somebody has set it, else `background`.
   */
  readonly startup?: Startup | undefined;
  readonly logger?: Logger | undefined;
}

export interface MessagingLifecycle extends AsyncDisposable {
  readonly messaging: Messaging;
  readonly state: LifecycleState;
  /**
   * Connects and starts the listeners, as the startup mode says.
   *
   * @throws what `consume` and `getConnection` throw, in the mode `fail`; in the others, what a second
   *   try cannot mend: in `background` that goes to the log.
   */
  start(): Promise<void>;
  /**
   * Takes no more messages and lets running handlers finish, for most of `shutdown.drainTimeoutMs`. The
   * service can still send.
   */
  stopListeners(): Promise<void>;
  /** Stops the listeners and closes the service. May be called more than once. */
  close(options?: MessagingCloseOptions): Promise<void>;
}

export type LifecycleState = 'new' | 'started' | 'draining' | 'closed';

const TRANSITIONS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  new: ['started', 'draining'],
  started: ['draining'],
  draining: ['closed'],
  closed: [],
};

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;

/** The rest is for closing: handlers that are late hear it by their signal before they are cut. */
const LISTENERS_PART = 0.8;

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`, also of the settings. */
export function messagingLifecycle(
  options: LifecycleOptions = {},
  clock: Clock = systemClock,
): MessagingLifecycle {
  const resolved = resolveLifecycleOptions(options);
  const { listeners, logger } = resolved;
  const ports = logger === undefined ? {} : { logger };
  const messaging = resolved.messaging ?? createMessaging(settingsOf(resolved), ports);
  return new ApplicationLifecycle({
    messaging,
    listeners,
    startup: startupOf(resolved.startup, messaging.settings),
    logger: logger ?? stderrLogger,
    clock,
  });
}

/** The service itself waits for the broker, or does not, by the same word. */
function settingsOf({ settings, startup }: ResolvedLifecycle): Settings {
  if (settings instanceof Settings) return settings;
  const found = resolveSettings(settings);
  const connection = { ...settings.connection, startup: startupOf(startup, found) };
  return resolveSettings({ ...settings, connection });
}

/** A web application is of use without its broker, so it starts unless somebody says otherwise. */
function startupOf(given: Startup | undefined, { connection, origins }: Settings): Startup {
  if (given !== undefined) return given;
  return origins['connection.startup'] === 'default' ? 'background' : connection.startup;
}

interface Parts {
  readonly messaging: Messaging;
  readonly listeners: readonly ListenerEntry[];
  readonly startup: Startup;
  readonly logger: Logger;
  readonly clock: Clock;
}

class ApplicationLifecycle implements MessagingLifecycle {
  readonly messaging: Messaging;
  readonly #parts: Parts;
  readonly #handles: ListenerHandle[] = [];
  readonly #stopping = new AbortController();
  #state: LifecycleState = 'new';
  #stopped: Promise<void> | undefined;
  #closeOptions: MessagingCloseOptions | undefined;

  constructor(parts: Parts) {
    this.messaging = parts.messaging;
    this.#parts = parts;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  async start(): Promise<void> {
    this.#transition('started');
    const { listeners, startup, logger } = this.#parts;
    const starting =
      listeners.length === 0
        ? this.#persist(() => this.messaging.getConnection())
        : Promise.all(listeners.map((entry) => this.#listen(entry)));
    if (startup !== 'background') {
      await starting;
      return;
    }
    void starting.catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) logger.error(`messaging did not start: ${text(error)}`);
    });
  }

  stopListeners(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async close(options?: MessagingCloseOptions): Promise<void> {
    await this.stopListeners();
    try {
      await this.messaging.close(options ?? this.#closeOptions);
    } finally {
      if (this.#state === 'draining') this.#transition('closed');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stop(): Promise<void> {
    this.#transition('draining');
    this.#stopping.abort();
    const { logger, clock } = this.#parts;
    const { drainTimeoutMs } = this.messaging.settings.shutdown;
    const timeoutMs = Math.ceil(drainTimeoutMs * LISTENERS_PART);
    // One that waits for the broker is not awaited: closing the service ends it.
    const closing = Promise.all(this.#handles.map((handle) => handle.close()));
    const late = new Error(`listeners have not finished within ${timeoutMs} ms: they are cut soon`);
    try {
      await withinWait(closing, { timeoutMs }, clock, () => late);
    } catch (error) {
      if (error !== late) throw error;
      logger.warn(late.message);
      this.#closeOptions = { timeoutMs: Math.max(1, drainTimeoutMs - timeoutMs) };
    }
  }

  async #listen(entry: ListenerEntry): Promise<void> {
    const { listener, options } = 'listener' in entry ? entry : { listener: entry, options: {} };
    const handle = await this.#persist(() => this.messaging.consume<never>(listener, options));
    if (this.#stopping.signal.aborted) return await handle.close();
    this.#handles.push(handle);
    void handle.ended.then((error) => {
      if (error !== undefined) this.#parts.logger.error(`${handle.name} ended: ${error.message}`);
    });
  }

  /** Tries until it succeeds, unless another try is of no use or not wanted. */
  async #persist<T>(work: () => Promise<T>): Promise<T> {
    const { startup, logger } = this.#parts;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        return await work();
      } catch (error) {
        const isOver = this.#stopping.signal.aborted;
        if (isOver || startup === 'fail' || !isRetryable(error)) throw error;
        logger.warn(`messaging starts again in ${delayMs} ms: ${text(error)}`);
        await this.#delay(delayMs);
        if (this.#stopping.signal.aborted) throw error;
      }
    }
  }

  #delay(delayMs: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = this.#parts.clock.setTimer(finish, delayMs, { keepAlive: true });
      signal.addEventListener('abort', finish);
    });
  }

  #transition(to: LifecycleState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `messaging of the application cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
