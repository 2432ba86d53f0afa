/**
 * Loads the listeners anew when their files change, for development.
 *
 *   waiting ──change──► settling ──quiet──► reloading ──done──► waiting
 *                                             └─ changed meanwhile ──► settling
 *   any ──stop()──► stopped
 *
 * What is new is loaded before the old is drained: a file with a mistake leaves the old listeners running,
 * and the mistake is told.
 */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { Clock } from '@stompbox/client';
import type { LoadedListener } from './listener-modules.js';
import type { LoadedApplication } from './load-application.js';
import type { WatchFolder } from './watch-folder.js';

type ReloaderState = 'waiting' | 'settling' | 'reloading' | 'stopped';

const TRANSITIONS: Readonly<Record<ReloaderState, readonly ReloaderState[]>> = {
  waiting: ['settling', 'stopped'],
  settling: ['reloading', 'stopped'],
  reloading: ['waiting', 'stopped'],
  stopped: [],
};

/** An editor writes a file in several steps. */
const QUIET_MS = 100;
const CODE = /\.([cm]?[jt]s|json)$/;

export interface ReloaderParts {
  readonly watchFolder: WatchFolder;
  readonly clock: Clock;
  /** Loads everything anew. */
  readonly load: () => Promise<LoadedApplication>;
  /** Puts the listeners in place of those that run. */
  readonly replace: (listeners: readonly LoadedListener[]) => Promise<void>;
  readonly talk: (text: string) => void;
}

export class Reloader {
  readonly #parts: ReloaderParts;
  readonly #watched = new Map<string, () => void>();
  #state: ReloaderState = 'waiting';
  #changed = '';
  #hasChangedMeanwhile = false;
  #cancelQuiet: () => void = () => undefined;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** Watches the folders of these files too. */
  watch(files: readonly string[]): void {
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      if (this.#watched.has(folder)) continue;
      const stop = this.#parts.watchFolder(
        folder,
        (name) => this.#handleChange(name),
        (error) => this.#parts.talk(`changes in ${folder} are not seen any more: ${error.message}`),
      );
      this.#watched.set(folder, stop);
    }
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#transition('stopped');
    this.#cancelQuiet();
    for (const stop of this.#watched.values()) stop();
  }

  #handleChange(name: string): void {
    if (!CODE.test(name)) return;
    this.#changed = name;
    switch (this.#state) {
      case 'waiting':
        this.#settle();
        break;
      case 'settling':
        this.#cancelQuiet();
        this.#waitForQuiet();
        break;
      case 'reloading':
        this.#hasChangedMeanwhile = true;
        break;
      default:
        break;
    }
  }

  #settle(): void {
    this.#transition('settling');
    this.#waitForQuiet();
  }

  #waitForQuiet(): void {
    this.#cancelQuiet = this.#parts.clock.setTimer(() => void this.#reload(), QUIET_MS);
  }

  async #reload(): Promise<void> {
    const { load, replace, talk } = this.#parts;
    this.#transition('reloading');
    talk(`${this.#changed} has changed: loading the listeners anew`);
    try {
      const { files, listeners } = await load();
      if (this.#isStopped()) return;
      await replace(listeners);
      if (this.#isStopped()) return;
      this.watch(files);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      talk(`not loaded, waiting for the next change: ${why}`);
    }
    if (this.#isStopped()) return;
    this.#transition('waiting');
    if (!this.#hasChangedMeanwhile) return;
    this.#hasChangedMeanwhile = false;
    this.#settle();
  }

  /** `stop()` may come while it waits for something. */
  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #transition(to: ReloaderState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a reloader cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}
