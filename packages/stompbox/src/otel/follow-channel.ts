/**
 * Follows the operations of a tracing channel from their start to their end.
 *
 * - An error of ours is told to OpenTelemetry's diagnostic log and hurts no operation: what a subscriber
 *   throws would end the process.
 * - On request the operation runs within the context that its beginning gave. Node binds such contexts
 *   to a channel as an AsyncLocalStorage, of which it calls only `run`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { type Context, context, diag } from '@opentelemetry/api';

/** An operation that runs. */
export interface FollowedOperation {
  /** What runs in it runs in this context. */
  readonly context: Context;
  /** Called once. */
  end(failure: OperationFailure | undefined): void;
}

export interface OperationFailure {
  readonly error: unknown;
}

export interface FollowOptions {
  /** The operation runs within the context of its beginning. Default false. */
  readonly isEntered?: boolean;
}

/** @returns what ends it; operations that still run end with it, as if they had succeeded */
export function followChannel<C extends object>(
  name: string,
  begin: (about: C) => FollowedOperation | undefined,
  { isEntered = false }: FollowOptions = {},
): () => void {
  const channel = tracingChannel<unknown, C>(name);
  const running = new Map<C, FollowedOperation>();
  const start = (about: C): Context => {
    const operation = guarded(name, () => begin(about));
    if (operation === undefined) return context.active();
    running.set(about, operation);
    return operation.context;
  };
  const end = (about: C): void => {
    const operation = running.get(about);
    running.delete(about);
    const failure = 'error' in about ? { error: about.error } : undefined;
    guarded(name, () => operation?.end(failure));
  };
  const store = new EnteredContext();
  const subscribers = {
    start: isEntered ? ignore : (about: C) => void start(about),
    end: ignore,
    asyncStart: ignore,
    asyncEnd: end,
    error: ignore,
  };
  if (isEntered) channel.start.bindStore(store, start);
  channel.subscribe(subscribers);
  return () => {
    channel.unsubscribe(subscribers);
    channel.start.unbindStore(store);
    for (const about of [...running.keys()]) end(about);
  };
}

/** Keeps nothing itself: it hands contexts to OpenTelemetry's context manager. */
class EnteredContext extends AsyncLocalStorage<Context> {
  override run<R, A extends unknown[]>(
    entered: Context,
    callback: (...args: A) => R,
    ...args: A
  ): R {
    return context.with(entered, () => callback(...args));
  }
}

function guarded<T>(name: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    diag.error(`stompbox: ${name} could not be followed`, error);
    return undefined;
  }
}

function ignore(): void {
  // These events say nothing that the others do not.
}
