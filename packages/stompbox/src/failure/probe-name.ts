import { randomUUID } from 'node:crypto';

/** A name that no other process uses. */
export function newProbeName(): string {
  return `stompbox.probe.${randomUUID()}`;
}
