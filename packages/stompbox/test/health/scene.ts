/** Health over a fake service on a fake clock, and how a test asks it. */
import type { TestContext } from 'node:test';
import {
  type ComponentReport,
  type HealthOptions,
  type HealthProbe,
  type HealthReport,
  health,
} from 'stompbox';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeClock } from './fake-clock.js';
import { FakeService } from './fake-service.js';

export interface Scene {
  readonly clock: FakeClock;
  readonly service: FakeService;
  readonly logger: MemoryLogger;
  /** What the event loop is said to have been late by. */
  readonly lag: { ms: number };
  check(): Promise<HealthReport>;
  /** What fails a probe now: codes, in order. */
  codes(probe: HealthProbe): Promise<string[]>;
  close(): Promise<void>;
  onChange(listener: (report: HealthReport) => void): () => void;
}

/**
 * Without a canary: the fake has no broker.
 *
 * @param prepare what is so before health looks for the first time
 */
export function scene(
  test: Pick<TestContext, 'after'>,
  options: HealthOptions = {},
  prepare: (service: FakeService) => void = () => undefined,
): Scene {
  const clock = new FakeClock();
  const service = new FakeService(clock);
  prepare(service);
  const logger = new MemoryLogger();
  const lag = { ms: 0 };
  const eventLoop = { takeMaxLagMs: () => lag.ms, close: () => undefined };
  const checked = health(
    service,
    { canary: false, statistics: false, ...options },
    { clock, now: () => clock.now(), logger, eventLoop },
  );
  test.after(() => checked.close());
  return {
    clock,
    service,
    logger,
    lag,
    check: () => checked.check(),
    codes: async (probe) => codesOf(await checked.check(), probe),
    close: () => checked.close(),
    onChange: (listener) => checked.onChange(listener),
  };
}

export function codesOf(report: HealthReport, probe: HealthProbe): string[] {
  return report[probe].components.flatMap(({ code }) => (code === undefined ? [] : [code]));
}

export function componentOf(
  report: HealthReport,
  probe: HealthProbe,
  component: ComponentReport['component'],
): ComponentReport {
  const found = report[probe].components.find((one) => one.component === component);
  if (found === undefined) throw new Error(`${probe} says nothing of ${component}`);
  return found;
}
