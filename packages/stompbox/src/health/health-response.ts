/** A health check as the answer to an HTTP request, for whatever server an application has. */
import type { Health } from './health.js';
import type { HealthProbe } from './health-code.js';
import type { HealthReport, ProbeReport } from './health-report.js';

export interface HealthResponse {
  /** 200 when it is well, 503 when not. */
  readonly status: 200 | 503;
  /** To be sent as JSON. */
  readonly body: HealthReport | ProbeReport;
}

/** @param kind one probe, or all three of them in one answer */
export async function healthResponse(
  health: Pick<Health, 'check'>,
  kind: HealthProbe | 'all' = 'all',
): Promise<HealthResponse> {
  const report = await health.check();
  const body = kind === 'all' ? report : report[kind];
  return { status: body.status === 'ok' ? 200 : 503, body };
}
