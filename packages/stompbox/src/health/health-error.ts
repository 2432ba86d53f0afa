/** What keeps health from being told: the operator must free a port, or make a folder writable. */
import { StompError } from '@stompbox/protocol';

const texts = {
  STOMP_HEALTH_PORT: (address: string, reason: string) =>
    `Health cannot be served on ${address} (${reason}): choose another health port or host; ` +
    'port 0 takes any free one',
  STOMP_HEALTH_FILE: (file: string, reason: string) =>
    `The health file ${file} cannot be written (${reason}): choose a path in a folder that exists ` +
    'and that this user may write to',
} as const;

export type HealthErrorCode = keyof typeof texts;

export class HealthError extends StompError {
  declare readonly code: HealthErrorCode;

  static of(code: HealthErrorCode, what: string, cause: unknown): HealthError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new HealthError(code, texts[code](what, reason), { cause });
  }
}
