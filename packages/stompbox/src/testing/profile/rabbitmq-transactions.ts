/** RabbitMQ confirms a SEND when it is in its queue, which in a transaction is after COMMIT. */
import type { Frame } from '@stompbox/protocol';
import { withHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';

/** Asked for where the client has asked for none; it does not get it. */
const OWN_RECEIPT = 'stompbox-testing-commit-';

interface OpenTransaction {
  /** Receipts of its SENDs that the client waits for. */
  readonly asked: Set<string>;
  readonly held: Frame[];
}

export class RabbitMQTransactions implements FrameStage {
  readonly #open = new Map<string, OpenTransaction>();
  /** Those whose COMMIT is on its way, by its receipt. */
  readonly #committing = new Map<string, OpenTransaction>();
  /** Of SENDs that an ABORT has undone. */
  readonly #undone = new Set<string>();
  #commits = 0;

  fromClient(frame: Frame): readonly Frame[] {
    const { command, headers } = frame;
    const id = headers.get('transaction');
    if (id === undefined) return [frame];
    const receipt = headers.get('receipt');
    if (command === 'BEGIN') this.#open.set(id, { asked: new Set(), held: [] });
    else if (command === 'SEND' && receipt !== undefined) this.#open.get(id)?.asked.add(receipt);
    else if (command === 'COMMIT') return [this.#commit(frame, id)];
    else if (command === 'ABORT') this.#abort(id);
    return [frame];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    const id = frame.command === 'RECEIPT' ? frame.headers.get('receipt-id') : undefined;
    if (id === undefined) return [frame];
    if (this.#undone.delete(id)) return [];
    const committed = this.#committing.get(id);
    if (committed !== undefined) {
      this.#committing.delete(id);
      return id.startsWith(OWN_RECEIPT) ? committed.held : [frame, ...committed.held];
    }
    for (const transaction of [...this.#open.values(), ...this.#committing.values()]) {
      if (!transaction.asked.delete(id)) continue;
      transaction.held.push(frame);
      return [];
    }
    return [frame];
  }

  #commit(frame: Frame, id: string): Frame {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return frame;
    this.#open.delete(id);
    const asked = frame.headers.get('receipt');
    const receipt = asked ?? `${OWN_RECEIPT}${this.#commits++}`;
    this.#committing.set(receipt, transaction);
    return asked === undefined ? withHeaders(frame, { receipt }) : frame;
  }

  #abort(id: string): void {
    for (const receipt of this.#open.get(id)?.asked ?? []) this.#undone.add(receipt);
    this.#open.delete(id);
  }
}
