/**
 * Refuses what works at one broker and loses or doubles messages at another, before anything is
 * sent, with the reason and the way out.
 *
 * Each danger has a name, by which whoever knows better allows this one and no other:
 * `allowUnsafe: ['nack-discards']`. What a profile does not know is not refused.
 */
import { OptionsError } from '@stompbox/protocol';
import type { BrokerProfile } from './broker-profile.js';

const DANGERS = [
  'nack-discards',
  'nack-refused-in-transaction',
  'settled-outside-transaction',
  'durable-without-client-id',
  'durable-deletion-unknown',
  'prefetch-zero',
  'prefetch-without-ack',
  'cumulative-ack',
  'selector-ignored',
  'dedup-ignored',
] as const;

export type Danger = (typeof DANGERS)[number];

export interface UnsafeOptions {
  /** Dangers that are taken on purpose. Default none. */
  readonly allowUnsafe?: readonly Danger[] | undefined;
}

export interface SubscribeFacts extends UnsafeOptions {
  /** The `ack` header as it will be sent. */
  readonly ack: 'auto' | 'client' | 'client-individual';
  readonly prefetch?: number | undefined;
  readonly selector?: string | undefined;
  /** The name of a durable subscription. */
  readonly durable?: string | undefined;
  readonly clientId?: string | undefined;
  /** Handlers at once. Default 1. */
  readonly concurrency?: number | undefined;
  /** True when this connection has other subscriptions with ack mode `client`. Default false. */
  readonly hasOtherCumulative?: boolean | undefined;
  /** True when it has others in an ack mode with ACKs, whichever. Default false. */
  readonly hasOtherAcked?: boolean | undefined;
}

/**
 * The option `allowUnsafe` as it was given.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function checkAllowUnsafe(value: readonly Danger[]): readonly Danger[] {
  const names: readonly string[] = DANGERS;
  if (Array.isArray(value) && value.every((danger) => names.includes(danger))) return value;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The option allowUnsafe must be a list of ${DANGERS.map((danger) => `'${danger}'`).join(', ')}`,
  );
}

/** @throws OptionsError `STOMP_OPT_UNSAFE` */
export function assertSafeSubscribe(profile: BrokerProfile, facts: SubscribeFacts): void {
  const { title, durable, hasSelectors } = profile;
  const refuse = refusal(facts);
  if (facts.prefetch === 0) {
    refuse(
      'prefetch-zero',
      'A prefetch of 0 means nothing at all to ActiveMQ and stompbox, and no limit to RabbitMQ',
      'ask for at least 1',
    );
  }
  // Its window of bytes is only given back by ACK, so without any it stops for good.
  if (facts.prefetch !== undefined && profile.prefetch.unit === 'bytes' && facts.ack === 'auto') {
    refuse(
      'prefetch-without-ack',
      `${title} stops delivering after a prefetch that no ACK gives back`,
      "use ack: 'client-individual', or leave prefetch out",
    );
  }
  if (facts.selector !== undefined && !hasSelectors) {
    refuse(
      'selector-ignored',
      `${title} ignores selectors and would deliver every message`,
      'bind a topic or an exchange by its routing key instead',
    );
  }
  if (facts.durable !== undefined && durable.needsClientId && facts.clientId === undefined) {
    refuse(
      'durable-without-client-id',
      'A durable subscription belongs to its client; without a client-id nobody could come back to it',
      'connect with the option clientId',
    );
  }
  if (facts.ack !== 'auto') assertSafeCumulative(profile, facts, refuse);
}

function assertSafeCumulative(
  { title, cumulativeAck }: BrokerProfile,
  { ack, concurrency = 1, hasOtherCumulative = false, hasOtherAcked = false }: SubscribeFacts,
  refuse: Refuse,
): void {
  if (ack === 'client' && concurrency > 1) {
    refuse(
      'cumulative-ack',
      'An ACK in ack mode client settles all earlier messages, too, also those whose handlers still run',
      "use ack: 'client-individual', or a concurrency of 1",
    );
  }
  const isShared = hasOtherCumulative || (ack === 'client' && hasOtherAcked);
  if (isShared && cumulativeAck === 'connection') {
    refuse(
      'cumulative-ack',
      `An ACK in ack mode client settles the messages of all subscriptions of a connection at ${title}`,
      "use ack: 'client-individual', or a connection for each subscription",
    );
  }
}

/** @throws OptionsError `STOMP_OPT_UNSAFE` */
export function assertSafeNack({ nack, title }: BrokerProfile, options: UnsafeOptions): void {
  if (nack !== 'discards') return;
  refusal(options)(
    'nack-discards',
    `${title} treats NACK as ACK: the message would be gone, without a dead letter`,
    'send it to a queue for failures, wait for the receipt, then ack it',
  );
}

/**
 * For an ACK or NACK that carries a transaction.
 * @throws OptionsError `STOMP_OPT_UNSAFE`
 */
export function assertSafeInTransaction(
  { ackInTransaction, nackInTransaction, title }: BrokerProfile,
  command: 'ACK' | 'NACK',
  options: UnsafeOptions,
): void {
  const meaning = command === 'ACK' ? ackInTransaction : nackInTransaction;
  if (meaning === 'ignored') {
    refusal(options)(
      'settled-outside-transaction',
      `${title} ignores the transaction of ${command} and settles the message at once, also if the ` +
        'transaction is aborted or lost',
      `commit the transaction first, then ${command.toLowerCase()} without it; a crash in between ` +
        'delivers the message again',
    );
  }
  if (meaning === 'refused') {
    refusal(options)(
      'nack-refused-in-transaction',
      `${title} refuses ${command} inside a transaction, and the message stays unsettled`,
      `${command.toLowerCase()} it outside of the transaction`,
    );
  }
}

/**
 * For deleting a durable subscription.
 * @throws OptionsError `STOMP_OPT_UNSAFE`
 */
export function assertSafeDurableDeletion(
  { durable }: BrokerProfile,
  options: UnsafeOptions,
): void {
  if (durable.deletion !== 'unknown') return;
  refusal(options)(
    'durable-deletion-unknown',
    'How this broker deletes a durable subscription is not known, so it might be kept and fill the disk',
    "connect with the option profile, for example profile: 'activemq'",
  );
}

/**
 * For a SEND that may be repeated under one id.
 * @throws OptionsError `STOMP_OPT_UNSAFE`
 */
export function assertSafeDedup({ dedup, title }: BrokerProfile, options: UnsafeOptions): void {
  if (dedup !== undefined) return;
  refusal(options)(
    'dedup-ignored',
    `Nothing tells ${title} over STOMP that a message was sent before, so a repetition arrives twice`,
    'leave dedupId out, and recognise repetitions where messages are handled',
  );
}

type Refuse = (danger: Danger, reason: string, instead: string) => void;

function refusal({ allowUnsafe = [] }: UnsafeOptions): Refuse {
  return (danger, reason, instead) => {
    if (allowUnsafe.includes(danger)) return;
    throw new OptionsError(
      'STOMP_OPT_UNSAFE',
      `${reason}: ${instead}; or take the risk with allowUnsafe: ['${danger}']`,
    );
  };
}
