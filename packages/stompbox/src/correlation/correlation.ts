/**
 * The correlation id of what is going on: a request to the web application, a message that is handled.
 * It follows asynchronous calls, so that sends and log lines carry it without being told.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** That of the request or message in whose course this runs. */
export function currentCorrelationId(): string | undefined {
  return storage.getStore();
}

/** Runs `work`, and all that it starts, under this id. */
export function withCorrelationId<T>(correlationId: string, work: () => T): T {
  return storage.run(correlationId, work);
}
