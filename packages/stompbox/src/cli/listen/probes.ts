/** Health of a worker over HTTP, where the settings name a port for it. */
import { health } from '../../health/health.js';
import { startHealthServer } from '../../health/health-server.js';
import type { Messaging, MessagingPorts } from '../../messaging.js';
import type { HealthSettings } from '../../settings/section/process-section.js';
import type { WorkerLog } from './worker-log.js';

export interface Probes extends AsyncDisposable {
  /** Of `/live`, `/ready` and `/started`, without a slash at its end. */
  readonly url: string;
}

/**
 * @param names of the listeners that must run; undefined: those that do.
 * @throws HealthError `STOMP_HEALTH_PORT`
 */
export async function openProbes(
  messaging: Messaging,
  { port, host, path }: HealthSettings,
  names: readonly string[] | undefined,
  { logger }: WorkerLog,
  { clock }: MessagingPorts,
): Promise<Probes | undefined> {
  if (port === undefined) return undefined;
  const ports = { logger, ...(clock === undefined ? {} : { clock }) };
  const watch = health(messaging, { listeners: names }, ports);
  try {
    const server = await startHealthServer(watch, { port, host, path }, ports);
    return {
      url: server.url,
      async [Symbol.asyncDispose]() {
        await server.close();
        await watch.close();
      },
    };
  } catch (error) {
    await watch.close();
    throw error;
  }
}
