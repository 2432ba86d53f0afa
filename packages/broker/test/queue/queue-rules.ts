/** Which consumer may get which message, and which one must. */
import assert from 'node:assert/strict';
import type { Arrival, Consumer, QueueModel, Sent } from './queue-model.js';

/** Nobody got what another one should have had, or what should have waited for something else. */
export function checkArrivals(model: QueueModel, arrivals: readonly Arrival[]): void {
  // After a huge one its connection has no room for a moment, and others go first.
  if (arrivals.some(({ message }) => message.isHuge)) return;
  const waiting = model.messages().filter(({ state }) => state === 'waiting');
  for (const { consumer, message } of arrivals) {
    const { name } = message;
    assert(matches(message, consumer), `${name} does not match the selector of its consumer`);
    const isPassedOver = (other: Sent) =>
      comesBefore(other, message) && mayTake(model, other, consumer);
    const earlier = waiting.find(isPassedOver);
    assert.equal(earlier?.name, undefined, `${name} has overtaken ${earlier?.name}`);
    checkBestConsumer(model, { consumer, message });
  }
}

function checkBestConsumer(model: QueueModel, { consumer, message }: Arrival): void {
  // It may have got its message before it left.
  if (!model.consumers().includes(consumer)) return;
  for (const other of model.consumers()) {
    if (other.options.priority <= consumer.options.priority || !hasCredit(other)) continue;
    if (consumer === exclusiveOf(model)) continue;
    const isBetter = mayTake(model, message, other);
    assert(!isBetter, `${message.name} went to a consumer of a lower priority`);
  }
  const exclusive = exclusiveOf(model);
  assert(!exclusive || exclusive === consumer, `${message.name} was for the exclusive consumer`);
}

/** No consumer with credit wants what waits. */
export function checkNothingHidden(model: QueueModel): void {
  const exclusive = exclusiveOf(model);
  for (const consumer of model.consumers()) {
    if (!hasCredit(consumer) || (exclusive && exclusive !== consumer)) continue;
    const hidden = model
      .messages()
      .find((message) => message.state === 'waiting' && mayTake(model, message, consumer));
    assert.equal(hidden?.name, undefined, `${hidden?.name} is hidden from a consumer with credit`);
  }
}

function comesBefore(one: Sent, other: Sent): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  return one.number < other.number;
}

/** It matches, and its group was neither another one's before the step nor is now. */
function mayTake(model: QueueModel, message: Sent, consumer: Consumer): boolean {
  const { before, after } = model.ownersOf(message);
  const isFree = (owner: Consumer | undefined) => owner === undefined || owner === consumer;
  const isOwnersGone = before !== undefined && !model.consumers().includes(before);
  return matches(message, consumer) && (isFree(before) || isOwnersGone) && isFree(after);
}

function matches({ color }: Sent, { options }: Consumer): boolean {
  return options.color === undefined || options.color === color;
}

function hasCredit({ options, pending }: Consumer): boolean {
  if (options.prefetch === 0) return false;
  return options.ack === 'auto' || pending.length < options.prefetch;
}

/** The one that gets everything: of the highest priority, then the first. */
function exclusiveOf(model: QueueModel): Consumer | undefined {
  const exclusive = model.consumers().filter(({ options }) => options.isExclusive);
  return exclusive.reduce<Consumer | undefined>(
    (best, other) => (best && best.options.priority >= other.options.priority ? best : other),
    undefined,
  );
}
