/** How messages are sent. */
import { aSwitch, aWhole } from '../setting-kind.js';
import { row } from '../setting-row.js';

export interface ProducerSettings {
  /** Whether the broker keeps messages on disk. Default: those to queues. */
  readonly persistent: boolean | undefined;
  /** How long a send waits for its receipt, in ms. Default 15,000. */
  readonly receiptTimeoutMs: number;
  /** Most sends without their receipt; more wait. Default 1,000. */
  readonly sendWindow: number;
}

export const producerRows = [
  row('producer.persistent', aSwitch, 'Whether the broker keeps messages on disk', {
    initially: 'of queues yes, of topics no',
  }),
  row('producer.receiptTimeoutMs', aWhole(1), 'How long a send waits for its receipt', {
    initial: 15_000,
  }),
  row('producer.sendWindow', aWhole(1), 'Most sends without their receipt; more wait', {
    initial: 1_000,
  }),
] as const;
