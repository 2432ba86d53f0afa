/** What operators and their tools ask: probes, metrics, and a dashboard in figures. */
import type { FastifyInstance } from 'fastify';
import { type Health, healthResponse } from 'stompbox';
import type { Relay } from 'stompbox/outbox';
import type { PrometheusMetrics } from 'stompbox/prometheus';
import type { EventCounts } from './listener/count-events.js';

export interface MonitoringParts {
  readonly health: Health;
  readonly metrics: PrometheusMetrics;
  readonly relay: Relay;
  readonly counts: EventCounts;
}

export async function monitoringRoutes(
  app: FastifyInstance,
  { health, metrics, relay, counts }: MonitoringParts,
): Promise<void> {
  for (const probe of ['live', 'ready', 'started'] as const) {
    app.get(`/health/${probe}`, async (_request, reply) => {
      const { status, body } = await healthResponse(health, probe);
      return reply.code(status).send(body);
    });
  }
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  app.get('/dashboard', async () => ({ events: counts, outbox: await relay.status() }));
}
