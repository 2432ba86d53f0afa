/** How long ago a message was sent, retries included. */
import { FAILURE_HEADERS } from '../failure/failure-headers.js';

/** Below it a number counts seconds, as AMQP does it, above it milliseconds, as JMS does. */
const LEAST_MS = 100_000_000_000;

/** @returns undefined when the message does not say when it was sent */
export function messageAgeMs(
  headers: { get(name: string): string | undefined },
  nowMs: number,
): number | undefined {
  const text = headers.get(FAILURE_HEADERS.originalTimestamp) ?? headers.get('timestamp') ?? '';
  const sentAtMs = /^\d+$/.test(text) ? inMs(Number(text)) : Date.parse(text);
  if (!Number.isFinite(sentAtMs) || sentAtMs <= 0) return undefined;
  // Clocks of two machines differ; nothing is younger than new.
  return Math.max(0, nowMs - sentAtMs);
}

function inMs(time: number): number {
  return time < LEAST_MS ? time * 1_000 : time;
}
