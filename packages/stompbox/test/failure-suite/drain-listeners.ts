/**
 * A listener module for `stompbox listen`, which says on its standard output what it does.
 * SUITE_QUEUE is its queue.
 */
import { type ListenerContext, listener } from 'stompbox';
import { type Plan, planned } from './planned-handler.js';
import { NAME_HEADER } from './reports.js';

const OPTIONS = { name: 'drained', concurrency: 4, prefetch: 20 } as const;

export const drained = listener<Plan>(
  process.env['SUITE_QUEUE'] ?? '',
  OPTIONS,
  async (plan: Plan, context: ListenerContext) => {
    const name = context.headers.get(NAME_HEADER);
    process.stdout.write(`begun ${name}\n`);
    await planned(plan, context);
    process.stdout.write(`handled ${name} ${context.isRedelivered}\n`);
  },
);
