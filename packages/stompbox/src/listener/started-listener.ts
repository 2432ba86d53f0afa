/**
 * A listener that runs on one destination: its container, the container of its retry queue if it has one,
 * and what brings held messages back.
 */
import type { Connection } from '@stompbox/client';
import { hasSchedule } from '../failure/broker-schedule.js';
import type { HoldKeepers } from '../failure/hold-keepers.js';
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
  readonly holds: HoldKeepers;
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
    await startHolds(runtime);
    emit({ type: 'listener-started', listener: listener.name, subscribedTo: plan.named });
    return { name: listener.name, destination: plan.named, containers, holds: runtime.holds };
  } catch (error) {
    await Promise.all(containers.map((container) => container.stop()));
    await runtime.holds.stop();
    throw error;
  }
}

/** Drains: handlers finish, then held messages go back to the broker. */
export async function stopListener({ containers, holds }: StartedListener): Promise<void> {
  await Promise.all(containers.map((container) => container.stop()));
  await holds.stop();
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
  const options = { ...plan.options, signal: runtime.closing };
  const subscription = await connection.subscribe(plan.destination, options);
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

/** Where the broker has no schedule; elsewhere they start when it turns out to have none any more. */
async function startHolds(runtime: ListenerRuntime): Promise<void> {
  const { plan, options, connection, holds } = runtime;
  const { retry } = options;
  if (plan.retryTo === 'none' || retry.delayedMs.length === 0) return;
  if (retry.delayBy === 'schedule' || !(await needsHold(runtime, connection))) return;
  await holds.start();
}

async function needsHold(
  { options, clock }: ListenerRuntime,
  connection: Connection,
): Promise<boolean> {
  return options.retry.delayBy === 'hold' || !(await hasSchedule(connection, clock));
}
