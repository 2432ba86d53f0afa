/** What a check answers: plain JSON, without secrets. */
import { HEALTH_PROBES, type HealthCode, type HealthProbe, isFailedBy } from './health-code.js';
import { Sighting } from './sighting.js';

export type HealthStatus = 'ok' | 'failed';

export interface HealthReport {
  /** `ok` when all three probes are. */
  readonly status: HealthStatus;
  /** When it was made, ms since the epoch. */
  readonly atMs: number;
  readonly live: ProbeReport;
  readonly ready: ProbeReport;
  readonly started: ProbeReport;
}

export interface ProbeReport {
  readonly status: HealthStatus;
  readonly components: readonly ComponentReport[];
}

export type HealthComponent =
  | 'event-loop'
  | 'service'
  | 'connection'
  | 'sends'
  | 'canary'
  | 'listener';

export interface ComponentReport {
  readonly component: HealthComponent;
  /** Of a listener, `name from destination`; of the connection, the broker's address. */
  readonly name?: string;
  readonly status: HealthStatus;
  /** In one word, also when all is well: `connected`, `running`, `idle`. */
  readonly state: string;
  /** When that state was first seen, ms since the epoch. */
  readonly sinceMs: number;
  readonly ageMs: number;
  /** Only when it failed. */
  readonly code?: HealthCode;
  /** Only when it failed: what was seen, and what to do. */
  readonly reason?: string;
}

/** Why a component is not well. */
export interface Fault {
  readonly code: HealthCode;
  readonly reason: string;
}

/** How one component is doing, before it is known which probe asks. */
export interface Verdict {
  readonly component: HealthComponent;
  readonly name?: string;
  readonly state: string;
  readonly fault?: Fault | undefined;
  /** False: reported, but fails no probe. */
  readonly isRequired: boolean;
  /** Of a listener: it has been ready once. */
  readonly hasStarted?: boolean;
}

/** Which components a probe is about. */
const ABOUT: Readonly<Record<HealthProbe, readonly HealthComponent[]>> = {
  live: ['event-loop', 'connection', 'canary', 'listener'],
  ready: ['service', 'connection', 'sends', 'canary', 'listener'],
  started: ['connection', 'listener'],
};

/** Remembers since when each component is in its state. */
export class HealthReports {
  readonly #states = new Map<string, Sighting>();

  /** @param atMs the system's time of `nowMs` */
  make(verdicts: readonly Verdict[], nowMs: number, atMs: number): HealthReport {
    const ages = new Map(verdicts.map((verdict) => [verdict, this.#ageMs(verdict, nowMs)]));
    const keys = new Set(verdicts.map(keyOf));
    for (const key of this.#states.keys()) if (!keys.has(key)) this.#states.delete(key);
    const probe = (name: HealthProbe) => probeReport(name, ages, atMs);
    const [live, ready, started] = [probe('live'), probe('ready'), probe('started')];
    const isOk = [live, ready, started].every(({ status }) => status === 'ok');
    return { status: isOk ? 'ok' : 'failed', atMs, live, ready, started };
  }

  #ageMs(verdict: Verdict, nowMs: number): number {
    const key = keyOf(verdict);
    const sighting = this.#states.get(key) ?? new Sighting();
    this.#states.set(key, sighting);
    const mark = `${verdict.state} ${verdict.fault?.code ?? ''}`;
    return Math.round(nowMs - sighting.since(mark, nowMs));
  }
}

/** The address of the broker may change: it is still the connection. */
function keyOf({ component, name }: Verdict): string {
  return component === 'listener' ? `listener ${name}` : component;
}

function probeReport(
  probe: HealthProbe,
  ages: ReadonlyMap<Verdict, number>,
  atMs: number,
): ProbeReport {
  const components: ComponentReport[] = [];
  let isOk = true;
  for (const [verdict, ageMs] of ages) {
    if (!ABOUT[probe].includes(verdict.component)) continue;
    const fault = probe === 'started' ? startFault(verdict) : faultFor(probe, verdict);
    if (fault !== undefined && verdict.isRequired) isOk = false;
    components.push({
      component: verdict.component,
      ...(verdict.name === undefined ? {} : { name: verdict.name }),
      status: fault === undefined ? 'ok' : 'failed',
      state: verdict.state,
      sinceMs: atMs - ageMs,
      ageMs,
      ...fault,
    });
  }
  return { status: isOk ? 'ok' : 'failed', components };
}

function faultFor(probe: HealthProbe, { fault }: Verdict): Fault | undefined {
  return fault !== undefined && isFailedBy(probe, fault.code) ? fault : undefined;
}

function startFault({ hasStarted, fault, name, component }: Verdict): Fault | undefined {
  if (hasStarted !== false) return undefined;
  const who = component === 'listener' ? name : 'the connection';
  const why = fault === undefined ? '' : `: ${fault.reason}`;
  return { code: 'not-started', reason: `${who} has not been ready yet${why}` };
}

/** The failed components in one line each, for a log. */
export function describeFaults(report: HealthReport): string[] {
  const lines = failed(report).map(([probe, { name, code, reason }]) => {
    const who = name === undefined || reason?.startsWith(name) ? '' : `${name}: `;
    return probe === 'started' ? undefined : `${code}: ${who}${reason}`;
  });
  return [...new Set(lines.filter((line) => line !== undefined))];
}

/** What fails, without the numbers in the reasons, which change all the time. */
export function faultKeys(report: HealthReport): string[] {
  return failed(report).map(
    ([probe, { component, name, code }]) => `${probe} ${component} ${name ?? ''} ${code}`,
  );
}

function failed(report: HealthReport): [HealthProbe, ComponentReport][] {
  return HEALTH_PROBES.flatMap((probe) =>
    report[probe].components
      .filter(({ status }) => status === 'failed')
      .map((component): [HealthProbe, ComponentReport] => [probe, component]),
  );
}
