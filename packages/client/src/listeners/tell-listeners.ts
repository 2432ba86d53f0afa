/** Calls listeners one after the other; what one throws is reported, and hinders none of the others. */
import { callListener } from '../status-feed.js';
import type { ConnectionListener } from './connection-listener.js';

export function tellListeners(
  listeners: readonly ConnectionListener[],
  call: (listener: ConnectionListener) => unknown,
): void {
  for (const listener of listeners) callListener(() => call(listener));
}
