/**
 * A running listener, as the application holds it: one container per destination, stopped together.
 */
import type { ListenerContainer } from './listener-container.js';

export interface ListenerHandle extends AsyncDisposable {
  /** Name of the class or function. */
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

export interface StartedContainer {
  /** Of its listener. */
  readonly name: string;
  readonly destination: string;
  readonly container: ListenerContainer;
}

/** @param onClosed called once, when the last container has stopped. */
export function listenerHandle(
  name: string,
  started: readonly StartedContainer[],
  onClosed: () => void,
): ListenerHandle {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stopContainers(started).then(onClosed);
    return closing;
  };
  return {
    name,
    destinations: started.map(({ destination }) => destination),
    ended: Promise.race(started.map(({ container }) => container.ended)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export async function stopContainers(started: readonly StartedContainer[]): Promise<void> {
  await Promise.all(started.map(({ container }) => container.stop()));
}
