/**
 * The facts about each broker. Where they come from is said beside each: the sources of ActiveMQ
 * 5.17 to 6.4, of Artemis 2.44 and of RabbitMQ 3.10 to 4.2, and what those brokers did when asked.
 */
import type { BrokerProfile, ProfileName } from './broker-profile.js';

const activemq: BrokerProfile = {
  name: 'activemq',
  title: 'ActiveMQ Classic',
  // Set by reflection on ConsumerInfo (ProtocolConverter.onStompSubscribe).
  prefetch: { headers: ['activemq.prefetchSize'], unit: 'messages' },
  durable: {
    nameHeaders: ['activemq.subscriptionName'],
    subscribeHeaders: [],
    deleteHeaders: [],
    // Without one the generated connection id is the client's name, so that nobody comes back.
    needsClientId: true,
    sharesNames: false,
    // A second UNSUBSCRIBE by name: while the consumer is there it answers "Durable consumer is in
    // use".
    deletion: 'separately',
  },
  // StompSubscription.onStompMessageNack: a poison ack. What is not persistent is gone, because the
  // default dead letter strategy does not keep it.
  nack: 'dead-letters',
  ackInTransaction: 'counts',
  // "Poison ack cannot be transacted".
  nackInTransaction: 'refused',
  sendReceiptInTransaction: 'at-once',
  cumulativeAck: 'subscription',
  // Made at the first mention, ends with the connection; others see /remote-temp-queue/ID:….
  replyQueue: {
    destinationPrefix: '/temp-queue/',
    replyToPrefix: '/temp-queue/',
    subscribeHeaders: [],
  },
  hasSelectors: true,
  // A plain `no-local` or `exclusive` is ignored.
  consumer: {
    priority: 'activemq.priority',
    exclusive: 'activemq.exclusive',
    noLocal: 'activemq.noLocal',
  },
  dedup: undefined,
};

const artemis: BrokerProfile = {
  name: 'artemis',
  title: 'ActiveMQ Artemis',
  // Without them an address is what default-address-routing-type says: MULTICAST, where a message to
  // a queue that nobody listens to is gone (StompConnection.autoCreateDestinationIfPossible).
  kinds: {
    SEND: 'destination-type',
    SUBSCRIBE: 'subscription-type',
    queue: 'ANYCAST',
    topic: 'MULTICAST',
  },
  // It reads activemq.prefetchSize as bytes, too, as an alias
  // (VersionedStompFrameHandler.onSubscribe).
  prefetch: { headers: ['consumer-window-size'], unit: 'bytes' },
  durable: {
    nameHeaders: ['durable-subscription-name'],
    subscribeHeaders: [],
    deleteHeaders: [],
    // "AMQ339027 … client-id of the connection is not set".
    needsClientId: true,
    // The queue is called <client-id>.<name>.
    sharesNames: false,
    // StompSession.unsubscribe closes the consumer of the id, then deletes the queue of the name.
    deletion: 'together',
  },
  // StompFrameHandlerV11.onNack returns onAck(request).
  nack: 'discards',
  // StompSession.acknowledge commits at once; the header is not read.
  ackInTransaction: 'ignored',
  nackInTransaction: 'ignored',
  sendReceiptInTransaction: 'at-once',
  cumulativeAck: 'subscription',
  // It has no temporary destinations over STOMP. An address without prefix means itself whatever
  // the acceptor's anycastPrefix is, and is deleted with its last consumer (auto-delete-queues).
  replyQueue: {
    destinationPrefix: 'stompbox.reply.',
    replyToPrefix: 'stompbox.reply.',
    subscribeHeaders: [['subscription-type', 'ANYCAST']],
  },
  hasSelectors: true,
  // createConsumer gets no priority, and nothing is read that would make it exclusive.
  consumer: { priority: undefined, exclusive: undefined, noLocal: 'no-local' },
  // Message.HDR_DUPLICATE_DETECTION_ID; headers become properties as they are.
  dedup: '_AMQ_DUPL_ID',
};

const rabbitmq: BrokerProfile = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  prefetch: { headers: ['prefetch-count'], unit: 'messages' },
  durable: {
    // Without it the queue is named by a hash of destination and id, so that the id would be the
    // name.
    nameHeaders: ['x-queue-name'],
    subscribeHeaders: [
      ['durable', 'true'],
      ['auto-delete', 'false'],
    ],
    // cancel_subscription deletes the queue of a topic when the frame says durable.
    deleteHeaders: [['durable', 'true']],
    needsClientId: false,
    sharesNames: true,
    deletion: 'together',
  },
  // default_nack_requeue = true; the header requeue:false discards or dead-letters instead.
  nack: 'requeues',
  // ACK, NACK and SEND are kept and done at COMMIT (extend_transaction).
  ackInTransaction: 'counts',
  nackInTransaction: 'counts',
  // A receipt of a SEND is the queue's confirm, and nothing is in a queue before COMMIT; it comes
  // even after the receipt of COMMIT.
  sendReceiptInTransaction: 'after-commit',
  // As basic.ack with `multiple`, which knows channels and no subscriptions.
  cumulativeAck: 'connection',
  // /temp-queue/… exists as reply-to only, and its replies belong to a subscription that nobody has
  // asked for. A queue of our own is a subscription like any other; a bare name as reply-to is
  // shown to STOMP clients as /reply-queue/… and is what AMQP clients need.
  replyQueue: {
    destinationPrefix: '/queue/stompbox.reply.',
    replyToPrefix: 'stompbox.reply.',
    // Not `exclusive`: after a loss that nobody has noticed yet it would be locked by ourselves.
    subscribeHeaders: [
      ['auto-delete', 'true'],
      ['x-expires', '1800000'],
    ],
  },
  hasSelectors: false,
  // `exclusive` on SUBSCRIBE declares a queue of this connection, which is something else. 3.10
  // takes x-priority without a word and ignores it, 4 reads it.
  consumer: { priority: 'x-priority', exclusive: undefined, noLocal: undefined },
  dedup: undefined,
};

const stompbox: BrokerProfile = {
  name: 'stompbox',
  title: 'stompbox',
  prefetch: { headers: ['activemq.prefetchSize'], unit: 'messages' },
  durable: {
    // Artemis' word, because its UNSUBSCRIBE ends and deletes in one.
    nameHeaders: ['durable-subscription-name'],
    subscribeHeaders: [],
    deleteHeaders: [],
    needsClientId: true,
    sharesNames: false,
    deletion: 'together',
  },
  // With growing pauses, at most six times, then it is dead-lettered.
  nack: 'redelivers',
  ackInTransaction: 'counts',
  nackInTransaction: 'counts',
  sendReceiptInTransaction: 'at-once',
  cumulativeAck: 'subscription',
  replyQueue: activemq.replyQueue,
  hasSelectors: true,
  consumer: activemq.consumer,
  dedup: 'dedup-id',
};

/** A broker that nobody has told us about gets the words of several: each ignores the others'. */
const generic: BrokerProfile = {
  name: 'generic',
  title: 'this broker',
  prefetch: { headers: ['activemq.prefetchSize', 'prefetch-count'], unit: 'messages' },
  durable: {
    nameHeaders: ['activemq.subscriptionName', 'x-queue-name'],
    subscribeHeaders: rabbitmq.durable.subscribeHeaders,
    deleteHeaders: rabbitmq.durable.deleteHeaders,
    needsClientId: true,
    sharesNames: false,
    deletion: 'unknown',
  },
  nack: 'unknown',
  ackInTransaction: 'unknown',
  nackInTransaction: 'unknown',
  sendReceiptInTransaction: 'unknown',
  cumulativeAck: 'unknown',
  replyQueue: activemq.replyQueue,
  hasSelectors: true,
  consumer: activemq.consumer,
  dedup: undefined,
};

const profiles: Readonly<Record<ProfileName, BrokerProfile>> = {
  activemq,
  artemis,
  rabbitmq,
  stompbox,
  generic,
};

export const PROFILE_NAMES = Object.keys(profiles) as readonly ProfileName[];

export function profileOf(name: ProfileName): BrokerProfile {
  return profiles[name];
}
