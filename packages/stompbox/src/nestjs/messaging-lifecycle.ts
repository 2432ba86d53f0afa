/**
 * Ties the service to the life of a Nest application:
 *
 *   onApplicationBootstrap     listeners start
 *   beforeApplicationShutdown  listeners drain, while the web server still answers and may send
 *   onApplicationShutdown      the service closes
 *
 * With the setting `connection.startup: 'background'` the application waits for its listeners as long as a
 * send would wait for a connection, then starts without them; they start when the broker is there.
 */
import { type Clock, systemClock } from '@stompbox/client';
import type { ListenerDefinition } from '../listener/listener.js';
import type { Logger } from '../logger.js';
import type { Messaging } from '../messaging.js';
import {
  type LifecycleState,
  messagingLifecycle,
  type MessagingLifecycle as NeutralLifecycle,
} from '../rest/messaging-lifecycle.js';

export interface LifecycleParts {
  readonly messaging: Messaging;
  readonly logger: Logger;
  readonly clock: Clock | undefined;
  /** Asked once, when the application has all its providers. */
  readonly findListeners: () => readonly ListenerDefinition[];
  /** Whether the service ends with the application. */
  readonly isOwned: boolean;
}

export class MessagingLifecycle {
  readonly messaging: Messaging;
  readonly #parts: LifecycleParts;
  #lifecycle: NeutralLifecycle | undefined;

  constructor(parts: LifecycleParts) {
    this.messaging = parts.messaging;
    this.#parts = parts;
  }

  get state(): LifecycleState {
    return this.#lifecycle?.state ?? 'new';
  }

  /** @throws what `consume` throws, unless the application has started without its listeners by then */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // Nest does not run the hooks of shutdown for an application that did not start.
      await this.onApplicationShutdown();
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#lifecycle?.stopListeners();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.#parts.isOwned) await (this.#lifecycle ?? this.messaging).close();
  }

  async #start(): Promise<void> {
    const { messaging, logger, clock = systemClock, findListeners } = this.#parts;
    const { startup, sendTimeoutMs } = messaging.settings.connection;
    const listeners = findListeners();
    // Without listeners, whoever sends first connects.
    if (listeners.length === 0) return;
    const mode = startup === 'fail' ? 'fail' : 'retry';
    this.#lifecycle = messagingLifecycle({ messaging, logger, listeners, startup: mode }, clock);
    const started = this.#lifecycle.start();
    if (startup !== 'background') return await started;
    if (await isDoneWithin(sendTimeoutMs, started, clock)) return;
    logger.warn('the broker is not there yet: the listeners start when it is');
    started.catch((error: unknown) => {
      if (this.state !== 'started') return;
      const why = error instanceof Error ? error.message : String(error);
      logger.error(`the listeners did not start: ${why}`);
    });
  }
}

/** False when the time was over first; rejects when the work did before that. */
function isDoneWithin(waitMs: number, work: Promise<void>, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(() => resolve(false), waitMs, { keepAlive: true });
    const done = () => {
      cancel();
      resolve(true);
    };
    work.then(done, (error: unknown) => {
      cancel();
      reject(error);
    });
  });
}
