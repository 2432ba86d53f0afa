/** All listeners of a service, each with its watch; and those that should be there and are not yet. */
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import type { ResolvedHealth } from './health-options.js';
import type { Fault, Verdict } from './health-report.js';
import { type ListenerSurroundings, ListenerWatch } from './listener-watch.js';

/** What the broker's statistics say of one listener. */
export interface BrokerView {
  readonly hasPending: boolean;
  readonly evidence: Fault | undefined;
}

export type SharedSurroundings = Pick<
  ListenerSurroundings,
  'isConnected' | 'isServiceOpen' | 'losses'
> & {
  /** Listeners of which nothing but this number is known, because they are being started. */
  readonly startingCount: number;
};

export class ListenerWatches {
  readonly #options: ResolvedHealth;
  readonly #watches = new Map<string, ListenerWatch>();
  /** Listeners ran and none was being started: what comes later joins a service that works. */
  #hasBegun = false;

  constructor(options: ResolvedHealth) {
    this.#options = options;
  }

  judge(
    listeners: readonly ListenerSnapshot[],
    shared: SharedSurroundings,
    viewOf: (key: string) => BrokerView,
    nowMs: number,
  ): Verdict[] {
    const keyed = withKeys(listeners);
    const keys = new Set(keyed.map(({ key }) => key));
    for (const key of this.#watches.keys()) if (!keys.has(key)) this.#watches.delete(key);
    const verdicts = keyed.map(({ key, listener }) =>
      this.#watch(key).judge(
        listener,
        { ...shared, ...viewOf(key), isRequired: this.#isRequired(listener.listener) },
        nowMs,
      ),
    );
    this.#hasBegun ||= listeners.length > 0 && shared.startingCount === 0;
    return [...verdicts, ...this.#missing(listeners), ...this.#starting(shared.startingCount)];
  }

  /** How long the one that got nothing for longest got nothing. */
  longestIdleMs(nowMs: number): number {
    const idleMs = [...this.#watches.values()].map(({ activeSinceMs }) => nowMs - activeSinceMs);
    return Math.max(Number.NEGATIVE_INFINITY, ...idleMs);
  }

  #missing(listeners: readonly ListenerSnapshot[]): Verdict[] {
    const present = new Set(listeners.map(({ listener }) => listener));
    const missing = (this.#options.listeners ?? []).filter((name) => !present.has(name));
    return missing.map((name) => ({
      component: 'listener',
      name,
      state: 'missing',
      isRequired: true,
      hasStarted: false,
      fault: {
        code: 'listener-missing',
        reason: `the listener ${name} does not run: start it, or correct the option listeners`,
      },
    }));
  }

  /** With the option `listeners`, those that count are missing by their names. */
  #starting(count: number): Verdict[] {
    if (count === 0 || this.#hasBegun || this.#options.listeners !== undefined) return [];
    return [
      {
        component: 'listener',
        name: '(starting)',
        state: 'starting',
        isRequired: true,
        hasStarted: false,
        fault: {
          code: 'listener-starting',
          reason: `${count} calls of consume() still wait for the broker to confirm a subscription`,
        },
      },
    ];
  }

  #watch(key: string): ListenerWatch {
    const known = this.#watches.get(key);
    if (known !== undefined) return known;
    const made = new ListenerWatch(key, this.#options);
    this.#watches.set(key, made);
    return made;
  }

  #isRequired(name: string): boolean {
    return this.#options.listeners?.includes(name) ?? true;
  }
}

export interface KeyedListener {
  /** `name from destination`, with a number where there are several alike. */
  readonly key: string;
  readonly listener: ListenerSnapshot;
}

export function withKeys(listeners: readonly ListenerSnapshot[]): KeyedListener[] {
  const counts = new Map<string, number>();
  return listeners.map((listener) => {
    const name = `${listener.listener} from ${listener.subscribedTo}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { key: count === 1 ? name : `${name} #${count}`, listener };
  });
}
