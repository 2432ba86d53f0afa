/** Calls listeners one after the other; what one throws is reported, and hinders none of the others. */
import { warn } from '../status-feed.js';
import type { ConnectionListener } from './connection-listener.js';

export function tellListeners(
  listeners: readonly ConnectionListener[],
  call: (listener: ConnectionListener) => void,
): void {
  for (const listener of listeners) {
    try {
      call(listener);
    } catch (error) {
      warn(error);
    }
  }
}
