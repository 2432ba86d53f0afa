/** A broker that the test broker passes itself off as: what it says, and what it does differently. */
import type { BrokerOptions } from '@stompbox/broker';
import type { MakeStage } from '../link/frame-stage.js';

/** The brokers that can be imitated, by the names of the client's profiles. */
export type TestProfile = 'stompbox' | 'activemq' | 'artemis' | 'rabbitmq';

export interface ImitationOptions {
  /** False: delayed messages are delivered at once, as by an ActiveMQ whose scheduler is off. */
  readonly hasScheduler: boolean;
}

export interface Imitation {
  /** How the broker itself is set up. */
  readonly brokerOptions: Pick<BrokerOptions, 'redelivery' | 'deadLetter'>;
  /** What the frames of each connection pass. */
  readonly stages: readonly MakeStage[];
}
