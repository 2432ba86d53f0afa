/**
 * The listeners of `stompbox listen` on one message service, all of them replaced together.
 *
 *   idle ──start()──► running ⇄ replacing
 *                        └────────┴──stop()──► stopped
 *
 * A listener that ends by itself ends the worker with an error; one that is drained here does not. It
 * neither opens nor closes the service.
 */
import assert from 'node:assert/strict';
import type { ListenerHandle } from '../../listener/listener-handle.js';
import type { ConsumeOptions } from '../../listener/listener-options.js';
import type { Messaging } from '../../messaging.js';
import { CommandError } from '../report-error.js';
import type { LoadedListener } from './listener-modules.js';

type WorkerState = 'idle' | 'running' | 'replacing' | 'stopped';

const TRANSITIONS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  idle: ['running', 'stopped'],
  running: ['replacing', 'stopped'],
  replacing: ['running', 'stopped'],
  stopped: [],
};

export interface WorkerParts {
  readonly messaging: Messaging;
  /** For all listeners, before what they say themselves. */
  readonly options: ConsumeOptions;
  /** Called for each listener that the broker has confirmed. */
  readonly onStarted: (handle: ListenerHandle, peer: string) => void;
}

export class Worker {
  readonly #parts: WorkerParts;
  readonly #failed: Promise<Error>;
  #handles: ListenerHandle[] = [];
  /** Grows with each replacement. */
  #generation = 0;
  #state: WorkerState = 'idle';
  #fail: (error: Error) => void = () => undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Resolves when a listener has ended that should run. */
  get failed(): Promise<Error> {
    return this.#failed;
  }

  async start(listeners: readonly LoadedListener[]): Promise<void> {
    this.#transition('running');
    await this.#consume(listeners);
  }

  /** Drains all listeners, then starts these. A queue keeps what comes in between. */
  async replace(listeners: readonly LoadedListener[]): Promise<void> {
    this.#transition('replacing');
    this.#generation += 1;
    const drained = this.#handles;
    this.#handles = [];
    await Promise.all(drained.map((handle) => handle.close()));
    // Stopped meanwhile, nothing starts any more.
    if (this.#state !== 'replacing') return;
    this.#transition('running');
    await this.#consume(listeners);
  }

  /** From now on listeners may end; draining them is the service's part. */
  stop(): void {
    if (this.#state !== 'stopped') this.#transition('stopped');
  }

  async #consume(listeners: readonly LoadedListener[]): Promise<void> {
    const { messaging, options, onStarted } = this.#parts;
    const generation = this.#generation;
    for (const listener of listeners) {
      if (this.#state !== 'running' || generation !== this.#generation) return;
      const handle = await messaging.consume(listener, options);
      // Replaced while it started.
      if (generation !== this.#generation) return await handle.close();
      this.#handles.push(handle);
      void handle.ended.then((error) => this.#handleEnd(handle, error));
      const { peer } = await messaging.getConnection();
      onStarted(handle, peer);
    }
  }

  #handleEnd(handle: ListenerHandle, error: Error | undefined): void {
    if (this.#state === 'stopped' || !this.#handles.includes(handle)) return;
    this.#fail(error ?? new CommandError(`${handle.name} has ended`, 'start the command again'));
  }

  #transition(to: WorkerState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a worker cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}
