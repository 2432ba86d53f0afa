/** Writes down what a tracing channel publishes. */
import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { TraceContexts, TracedOperation } from '@stompbox/client';

export interface TraceEvent<C> {
  readonly stage: 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error';
  readonly context: C;
}

export const SUCCESS = ['start', 'end', 'asyncStart', 'asyncEnd'];
export const FAILURE = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];

/** Events of a channel until the test ends. */
export function record<O extends TracedOperation>(
  t: TestContext,
  operation: O,
): TraceEvent<TraceContexts[O]>[] {
  const events: TraceEvent<TraceContexts[O]>[] = [];
  const note =
    (stage: TraceEvent<unknown>['stage']) =>
    (context: TraceContexts[O]): void =>
      void events.push({ stage, context });
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  const channel = tracingChannel<unknown, TraceContexts[O]>(`stompbox:${operation}`);
  channel.subscribe(subscribers);
  t.after(() => channel.unsubscribe(subscribers));
  return events;
}

/** Contexts in the order in which their operations began. */
export function contextsOf<C>(events: readonly TraceEvent<C>[]): C[] {
  return events.filter(({ stage }) => stage === 'start').map(({ context }) => context);
}

export function stagesOf<C>(events: readonly TraceEvent<C>[], context?: C): string[] {
  const own = events.filter((event) => context === undefined || event.context === context);
  return own.map(({ stage }) => stage);
}

/** The code of the error that an operation failed with. */
export function codeOf(context: { readonly error?: unknown } | undefined): unknown {
  const error = context?.error;
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** Looks into everything that a subscriber could get hold of. */
export function assertUntold(context: unknown, secret: string): void {
  const told = inspect(context, { depth: 20, showHidden: true, getters: true });
  const bytes = inspect(new TextEncoder().encode(secret)).replace(/^.*\[ | \]$/gs, '');
  assert.ok(!told.includes(secret) && !told.includes(bytes), `${secret} is in ${told}`);
}
