/**
 * Listeners of a connection by name: set, get, remove, and connecting with listeners that hear of
 * everything from the first attempt on.
 *
 * A connection that has no listener is not listened to, which then costs nothing.
 */
import type { Connection } from '../connection.js';
import type { ConnectionListener } from './connection-listener.js';
import { type ListenerHooks, NamedListeners } from './named-listeners.js';

/** The part of a connection that is listened to. */
export type ListenedConnection = Pick<Connection, 'state' | 'onStatus' | 'onFrame'>;

interface Attachment {
  readonly listeners: NamedListeners;
  /** Stops listening; not there where the options of `connect` listen. */
  readonly stop?: () => void;
}

const attachments = new WeakMap<ListenedConnection, Attachment>();

/**
 * Lets a listener hear what the connection does from now on. Listeners are called in the order in
 * which they were set; one that replaces another of the same name takes its place.
 */
export function setListener(
  connection: ListenedConnection,
  name: string,
  listener: ConnectionListener,
): void {
  attachmentOf(connection).listeners.set(name, listener);
}

export function getListener(
  connection: ListenedConnection,
  name: string,
): ConnectionListener | undefined {
  return attachments.get(connection)?.listeners.get(name);
}

/** False when there was none of that name. */
export function removeListener(connection: ListenedConnection, name: string): boolean {
  const attachment = attachments.get(connection);
  if (attachment === undefined) return false;
  const { listeners, stop } = attachment;
  const isRemoved = listeners.remove(name);
  if (listeners.size === 0 && stop !== undefined) {
    stop();
    attachments.delete(connection);
  }
  return isRemoved;
}

/**
 * Connects with listeners, which then hear of the first attempt too. Later they are those of
 * `getListener` and `removeListener`.
 *
 *     const connection = await connectWithListeners({ print }, (hooks) => connect(url, { ...hooks }));
 *
 * @param open must pass the hooks on to `connect`
 * @throws what `open` throws
 */
export async function connectWithListeners<C extends ListenedConnection>(
  listeners: Readonly<Record<string, ConnectionListener>>,
  open: (hooks: ListenerHooks) => Promise<C>,
): Promise<C> {
  const named = new NamedListeners(false);
  for (const [name, listener] of Object.entries(listeners)) named.set(name, listener);
  const connection = await open(named.hooks);
  attachments.set(connection, { listeners: named });
  return connection;
}

function attachmentOf(connection: ListenedConnection): Attachment {
  const before = attachments.get(connection);
  if (before !== undefined) return before;
  const isConnected = connection.state === 'connected' || connection.state === 'closing';
  const listeners = new NamedListeners(isConnected);
  const { onStatus, onFrame } = listeners.hooks;
  const stops = [connection.onStatus(onStatus), connection.onFrame(onFrame)];
  const stop = () => {
    for (const one of stops) one();
  };
  const attachment = { listeners, stop };
  attachments.set(connection, attachment);
  return attachment;
}
