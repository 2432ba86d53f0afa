/**
 * Every way of not being well, as data: which probes it fails. docs/guide/health.md explains each and
 * says within which time it is found; a test compares the two.
 */
export type HealthProbe = 'live' | 'ready' | 'started';

export const HEALTH_PROBES: readonly HealthProbe[] = ['live', 'ready', 'started'];

/**
 * `live` fails where a new process helps and this one does not recover by itself; a broker that is
 * down, a drain and an open circuit only take the process out of service.
 */
const fails = {
  'event-loop-blocked': ['live'],
  draining: ['ready'],
  closed: ['ready'],
  'not-connected': ['ready'],
  'reconnect-loop': ['ready'],
  silent: ['live', 'ready'],
  'sends-failing': ['ready'],
  'listener-missing': ['ready'],
  'listener-starting': ['ready'],
  'listener-ended': ['live', 'ready'],
  'not-confirmed': ['ready'],
  'never-confirmed': ['live', 'ready'],
  'circuit-open': ['ready'],
  'handler-blocked': ['live', 'ready'],
  'not-begun': ['live', 'ready'],
  'not-settled': ['live', 'ready'],
  'canary-lost': ['live', 'ready'],
  'not-subscribed': ['live', 'ready'],
  'not-delivered': ['live', 'ready'],
  'delivery-lost': ['live', 'ready'],
  'not-started': ['started'],
} as const satisfies Record<string, readonly HealthProbe[]>;

export type HealthCode = keyof typeof fails;

export const HEALTH_CODES = Object.keys(fails) as readonly HealthCode[];

export function isFailedBy(probe: HealthProbe, code: HealthCode): boolean {
  const probes: readonly HealthProbe[] = fails[code];
  return probes.includes(probe);
}
