/** How late the event loop runs: the port, the real one, and the judgement over a window of time. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ResolvedHealth } from './health-options.js';
import type { Verdict } from './health-report.js';

export interface EventLoopMonitor {
  /** The longest delay since the last call, in ms; one from before may be told once more. */
  takeMaxLagMs(): number;
  close(): void;
}

/** A delay is measured as how late a timer of this period fires, which is part of what it reports. */
const PERIOD_MS = 20;

/**
 * It keeps no process alive. Two histograms take turns in being reset, because one that was just reset
 * does not see the delay that begins before its next timer.
 */
export function openEventLoopMonitor(): EventLoopMonitor {
  const histograms = [open(), open()];
  return {
    takeMaxLagMs() {
      const maxMs = Math.max(...histograms.map(({ max }) => max)) / 1e6;
      const [oldest] = histograms.splice(0, 1);
      if (oldest !== undefined) {
        oldest.reset();
        histograms.push(oldest);
      }
      return Math.max(0, maxMs - PERIOD_MS);
    },
    close() {
      for (const histogram of histograms) histogram.disable();
    },
  };
}

function open(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: PERIOD_MS });
  histogram.enable();
  return histogram;
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

  sample(nowMs: number): void {
    this.#delays.push({ atMs: nowMs, lagMs: this.#monitor.takeMaxLagMs() });
    this.#delays = this.#delays.filter(({ atMs }) => nowMs - atMs < this.#options.windowMs);
  }

  verdict(): Verdict {
    const { maxLagMs, windowMs } = this.#options;
    const worstMs = Math.max(0, ...this.#delays.map(({ lagMs }) => lagMs));
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
