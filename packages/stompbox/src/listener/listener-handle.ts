/**
 * A running listener, as the application holds it: what runs on each of its destinations, stopped together.
 */
import { type StartedListener, stopListener } from './started-listener.js';

export interface ListenerHandle extends AsyncDisposable {
  /** Name of the listener. */
  readonly name: string;
  /** What it listens to, in STOMP's form. */
  readonly destinations: readonly string[];
  /**
   * Resolves when the listener has stopped receiving from one of its destinations, with the error
   * if one was the cause and without one after `close()`. Never rejects.
   */
  readonly ended: Promise<Error | undefined>;
  /**
   * Drains: takes no more messages, lets running handlers finish, acknowledges, unsubscribes.
   * May be called more than once; all calls resolve when nothing runs any more, or when closing the
   * service has cut it.
   */
  close(): Promise<void>;
}

/** @param onClosed called once, when the last container has stopped. */
export function listenerHandle(
  name: string,
  started: readonly StartedListener[],
  onClosed: () => void,
): ListenerHandle {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.all(started.map(stopListener)).then(onClosed);
    return closing;
  };
  return {
    name,
    destinations: started.map(({ destination }) => destination),
    ended: Promise.race(started.flatMap(({ containers }) => containers.map(({ ended }) => ended))),
    close,
    [Symbol.asyncDispose]: close,
  };
}
