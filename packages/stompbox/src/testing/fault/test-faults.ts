/**
 * What may go wrong between an application and its broker, done on purpose. Each fault is one that a
 * network or a broker really produces, and acts on the connections of one application.
 *
 *     t.faults.dropLink();
 *     await t.advance(1_000);      // the client comes back after a pause, which takes time
 *
 * Nothing here sleeps: what is delayed waits for the clock of the test.
 */
import { encodeUtf8, OptionsError } from '@stompbox/protocol';
import { show } from '../../options.js';
import { newFrame } from '../link/frame-edit.js';
import type { Link } from '../link/link.js';
import type { FaultPlan, KillMoment } from './fault-plan.js';

export class TestFaults {
  readonly #plan: FaultPlan;
  readonly #links: ReadonlySet<Link>;

  /** Made by `testBroker` and `testMessaging`. */
  constructor(plan: FaultPlan, links: ReadonlySet<Link>) {
    this.#plan = plan;
    this.#links = links;
  }

  /** Cuts the connections that there are now: what is on its way is lost, both ends notice at once. */
  dropLink(): void {
    for (const link of [...this.#links]) link.drop();
  }

  /**
   * The network of the connections that there are now swallows everything from now on and tells nobody,
   * as after a NAT time-out. Only heart-beats find it out. New connections work.
   */
  halfOpen(): void {
    for (const link of [...this.#links]) link.fallSilent();
  }

  /** Each RECEIPT comes this much later, from now on; 0 ends it. Messages do not wait. */
  delayReceipts(ms: number): void {
    this.#plan.receiptDelayMs = checked('delayReceipts', 'a time in ms', ms);
  }

  /** Messages come one by one, this far apart, from now on; 0 ends it. Nothing else waits. */
  slowConsumer(msPerMessage: number): void {
    this.#plan.messageDelayMs = checked('slowConsumer', 'a time in ms per message', msPerMessage);
  }

  /**
   * The next messages come twice, the second time with `redelivered:true`: what a broker does that has
   * not heard an ACK. The message is settled by the first ACK or NACK; those of the copy go nowhere.
   */
  duplicateDelivery(count = 1): void {
    this.#plan.duplicates += checked('duplicateDelivery', 'a count of messages', count);
  }

  /** The broker sends ERROR and closes the connections that there are now. */
  errorFrame(text: string): void {
    const headers = { message: text, 'content-type': 'text/plain' };
    const error = newFrame('ERROR', headers, encodeUtf8(`${text}\n`));
    for (const link of [...this.#links]) link.endWith(error);
  }

  /**
   * The connection breaks at the next COMMIT: `before-commit`, so that the broker never sees it and
   * undoes the transaction, or `after-commit`, so that only its RECEIPT is lost.
   */
  killDuringTransaction(moment: KillMoment = 'before-commit'): void {
    this.#plan.kill = moment;
  }

  /** The next attempts to connect fail: ECONNREFUSED. */
  refuseConnections(count = 1): void {
    this.#plan.refusals += checked('refuseConnections', 'a count of attempts', count);
  }

  /** Ends what still goes on, and cuts what is half open. What is delayed already comes in time. */
  clear(): void {
    this.#plan.clear();
    for (const link of [...this.#links]) if (link.state === 'silent') link.drop();
  }
}

function checked(fault: string, what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${fault}() needs ${what}, a whole number from 0, not ${show(value)}`,
  );
}
