/**
 * A listener that runs on one destination: its container, the container of its retry queue if it has one,
 * and what brings held messages back.
 */
import type { Connection } from '@stompbox/client';
import { hasSchedule } from '../failure/broker-schedule.js';
import { HoldKeeper } from '../failure/hold-keeper.js';
import { holdQueues } from '../failure/hold-queues.js';
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import { ListenerContainer } from './listener-container.js';
import type { ListenerRuntime } from './listener-runtime.js';
import { planRetryQueue, type SubscriptionPlan } from './subscription-plan.js';

export interface StartedListener {
  /** Of its listener. */
  readonly name: string;
  /** What the application named, in STOMP's form. */
  readonly destination: string;
  readonly containers: readonly ListenerContainer[];
  readonly keepers: readonly HoldKeeper[];
}

/**
 * Resolves when the broker has confirmed the subscriptions.
 * @throws what `subscribe` throws; nothing runs then
 */
export async function startListener(runtime: ListenerRuntime): Promise<StartedListener> {
  const { plan, listener, emit } = runtime;
  const containers = [await startContainer(runtime, plan)];
  try {
    if (plan.retryQueue !== undefined) {
      containers.push(await startContainer(runtime, planRetryQueue(plan.retryQueue, plan)));
    }
    const keepers = await startKeepers(runtime);
    emit({ type: 'listener-started', listener: listener.name, subscribedTo: plan.named });
    return { name: listener.name, destination: plan.named, containers, keepers };
  } catch (error) {
    await Promise.all(containers.map((container) => container.stop()));
    throw error;
  }
}

/** Drains: handlers finish, then held messages go back to the broker. */
export async function stopListener({ containers, keepers }: StartedListener): Promise<void> {
  await Promise.all(containers.map((container) => container.stop()));
  await Promise.all(keepers.map((keeper) => keeper.stop()));
}

/** Without those that were stopped while others still drain: they are gone, not lost. */
export function snapshotOf({ containers }: StartedListener): ListenerSnapshot[] {
  return containers.filter(({ isStopped }) => !isStopped).map((container) => container.snapshot());
}

async function startContainer(
  runtime: ListenerRuntime,
  plan: SubscriptionPlan,
): Promise<ListenerContainer> {
  const { connection, emit, listener } = runtime;
  const subscription = await connection.subscribe(plan.destination, plan.options);
  const container = new ListenerContainer({ ...runtime, plan }, subscription);
  void container.ended.then((error) =>
    emit({
      type: 'listener-ended',
      listener: listener.name,
      subscribedTo: plan.named,
      error,
    }),
  );
  return container;
}

/**
 * Where the broker has no schedule. They are no reason for a listener not to start: without the right to
 * read hold queues, retries that wait there fail one by one, each with its error.
 */
async function startKeepers(runtime: ListenerRuntime): Promise<HoldKeeper[]> {
  const { plan, options, connection, relocator, clock, now, logger, listener } = runtime;
  const { retry } = options;
  if (plan.retryTo === 'none' || retry.delayedMs.length === 0) return [];
  if (retry.delayBy === 'schedule' || !(await needsHold(runtime, connection))) return [];
  const keepers: HoldKeeper[] = [];
  for (const queue of holdQueues(plan.holdName, retry)) {
    const fallback = plan.retryTo ?? plan.named;
    const parts = { connection, relocator, queue, fallback, clock, now, logger };
    try {
      keepers.push(await HoldKeeper.start(parts));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.error(
        `${listener.name} cannot read ${queue}, where messages wait for their next try: allow it, or ` +
          `set retry.delayedMs to []: ${why}`,
      );
    }
  }
  return keepers;
}

async function needsHold(
  { options, clock }: ListenerRuntime,
  connection: Connection,
): Promise<boolean> {
  return options.retry.delayBy === 'hold' || !(await hasSchedule(connection, clock));
}
