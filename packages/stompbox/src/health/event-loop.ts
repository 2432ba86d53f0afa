/** How late the event loop runs: the port, the real one, and the judgement over a window of time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ResolvedHealth } from './health-options.js';
import type { Verdict } from './health-report.js';

export interface EventLoopMonitor {
  /** The longest delay since the last call, in ms. */
  takeMaxLagMs(): number;
  close(): void;
}

/** A delay is measured as how late a timer of this period fires, which is part of what it reports. */
const PERIOD_MS = 20;

/** It keeps no process alive. */
export function openEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: PERIOD_MS });
  histogram.enable();
  return {
    takeMaxLagMs() {
      const maxMs = histogram.max / 1e6;
      histogram.reset();
      return Math.max(0, maxMs - PERIOD_MS);
    },
    close: () => histogram.disable(),
  };
}

export class EventLoopWatch {
  readonly #monitor: EventLoopMonitor;
  readonly #options: ResolvedHealth['eventLoop'];
  /** Delays within the window, oldest first. */
  #delays: { readonly atMs: number; readonly lagMs: number }[] = [];

  constructor(monitor: EventLoopMonitor, options: ResolvedHealth['eventLoop']) {
    this.#monitor = monitor;
    this.#options = options;
  }

  sample(nowMs: number): Verdict {
    const { maxLagMs, windowMs } = this.#options;
    this.#delays.push({ atMs: nowMs, lagMs: this.#monitor.takeMaxLagMs() });
    this.#delays = this.#delays.filter(({ atMs }) => nowMs - atMs < windowMs);
    const worstMs = Math.max(...this.#delays.map(({ lagMs }) => lagMs));
    const isBlocked = worstMs >= maxLagMs;
    return {
      component: 'event-loop',
      state: isBlocked ? 'blocked' : 'running',
      isRequired: true,
      fault: isBlocked
        ? {
            code: 'event-loop-blocked',
            reason:
              `the event loop stood still for ${Math.round(worstMs)} ms within the last ${windowMs} ms: ` +
              'move the work that blocks it into a worker thread, or raise eventLoop.maxLagMs',
          }
        : undefined,
    };
  }

  close(): void {
    this.#monitor.close();
  }
}
