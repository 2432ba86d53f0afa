/**
 * What else brokers do that decides whether a copy is safe and a message known again. The profile of the
 * client holds what a client needs; this is of no use to a page, which pays for each byte.
 */
import type { ProfileName } from '@stompbox/client';

export interface BrokerFacts {
  /**
   * When a SEND with `AMQ_SCHEDULED_DELAY` inside a transaction is kept. `together`: with all else of the
   * transaction, or not at all. `after-commit`: in a second step, so that a crash between the two loses it
   * although COMMIT settled what it was made of. `none`: there is no schedule.
   */
  readonly scheduleInTransaction: 'together' | 'after-commit' | 'none' | 'unknown';
  /**
   * What `message-id` names: the message, so that it is the same each time it is delivered; one delivery of
   * it; or both, as `<consumer>,<message>`.
   */
  readonly messageId: 'message' | 'delivery' | 'consumer-and-message' | 'unknown';
}

const FACTS: Readonly<Record<ProfileName, BrokerFacts>> = {
  activemq: {
    // SchedulerBroker.send adds a Synchronization, whose afterCommit writes to the scheduler's own store.
    scheduleInTransaction: 'after-commit',
    messageId: 'message',
  },
  artemis: {
    // A property of the message, in the same record.
    scheduleInTransaction: 'together',
    // VersionedStompFrameHandler.createMessageFrame; each subscription has another consumer.
    messageId: 'consumer-and-message',
  },
  rabbitmq: {
    scheduleInTransaction: 'none',
    // T_<subscription>@@<session>@@<delivery tag>.
    messageId: 'delivery',
  },
  stompbox: { scheduleInTransaction: 'together', messageId: 'message' },
  generic: { scheduleInTransaction: 'unknown', messageId: 'unknown' },
};

export function factsOf({ name }: { readonly name: ProfileName }): BrokerFacts {
  return FACTS[name];
}
