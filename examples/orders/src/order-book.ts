/**
 * The orders in the database, and what they lead to:
 *
 *   received ──► priced ──► paid ──► dispatched
 *       └──► rejected ──► priced              (when its dead letter was sent back)
 *
 * Each step is one transaction, in which the message that follows from it is put into the outbox: there
 * is never an order without its message, nor a message without its order.
 */
import { randomUUID } from 'node:crypto';
import type { SqlIdempotency } from 'stompbox/idempotency';
import type { Outbox, SqlExecutor, SqlRow } from 'stompbox/outbox';
import type { Database } from './database/database.js';
import { type NewOrder, orderEvents, orders, type PaymentAnswer } from './destinations.js';

export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly state: 'received' | 'priced' | 'paid' | 'dispatched' | 'rejected';
  readonly totalCents: number | null;
  /** Why it was rejected. */
  readonly reason: string | null;
  readonly paymentReference: string | null;
}

export interface OrderBookParts {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly idempotency: SqlIdempotency;
  /** Called after each commit, because there may be a message to send. */
  readonly onCommit: () => void;
}

const COLUMNS = `id, customer, state, total_cents AS "totalCents", reason,
payment_reference AS "paymentReference"`;

export class OrderBook {
  readonly #parts: OrderBookParts;

  constructor(parts: OrderBookParts) {
    this.#parts = parts;
  }

  async migrate(): Promise<void> {
    await this.#parts.database.query(
      `CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, customer text NOT NULL,
state text NOT NULL, total_cents integer, reason text, payment_reference text)`,
      [],
    );
  }

  /** @returns the id of the order */
  place(order: NewOrder): Promise<string> {
    return this.#commit(async (tx) => {
      const id = randomUUID();
      const insert = `INSERT INTO orders (id, customer, state) VALUES ($1, $2, 'received')`;
      await tx.query(insert, [id, order.customer]);
      await this.#parts.outbox.send(tx, orders, { id, ...order });
      return id;
    });
  }

  /** Does nothing the second time, so a message that comes twice has one effect. */
  price(orderId: string, totalCents: number): Promise<void> {
    return this.#commit(async (tx) => {
      const inbox = this.#parts.idempotency.within(tx);
      if ((await inbox.record(`price ${orderId}`)) === 'done') return;
      const update = `UPDATE orders SET state = 'priced', total_cents = $1, reason = NULL WHERE id = $2`;
      await tx.query(update, [totalCents, orderId]);
      await this.#parts.outbox.send(tx, orderEvents, { type: 'priced', orderId, totalCents });
    });
  }

  async reject(orderId: string, reason: string): Promise<void> {
    const update = `UPDATE orders SET state = 'rejected', reason = $1
WHERE id = $2 AND state = 'received'`;
    await this.#parts.database.query(update, [reason, orderId]);
  }

  /** Whoever asks again gets the same answer, and nobody pays twice. */
  pay(orderId: string): Promise<PaymentAnswer> {
    return this.#commit(async (tx) => {
      const pay = `UPDATE orders SET state = 'paid', payment_reference = $1
WHERE id = $2 AND state = 'priced' RETURNING id`;
      const paid = await tx.query(pay, [`PAY-${randomUUID()}`, orderId]);
      const order = await readOrder(tx, orderId);
      const { totalCents = null, paymentReference: reference = null } = order ?? {};
      if (totalCents === null || reference === null) {
        const reason = order === undefined ? 'there is no such order' : `it is ${order.state}`;
        return { outcome: 'refused', reason };
      }
      if (paid.length > 0) {
        await this.#parts.outbox.send(tx, orderEvents, { type: 'paid', orderId, totalCents });
      }
      return { outcome: 'paid', reference, totalCents };
    });
  }

  async dispatch(orderId: string): Promise<void> {
    const update = `UPDATE orders SET state = 'dispatched' WHERE id = $1 AND state = 'paid'`;
    await this.#parts.database.query(update, [orderId]);
  }

  find(orderId: string): Promise<Order | undefined> {
    return readOrder(this.#parts.database, orderId);
  }

  async #commit<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    const result = await this.#parts.database.transaction(work);
    this.#parts.onCommit();
    return result;
  }
}

async function readOrder(database: SqlExecutor, orderId: string): Promise<Order | undefined> {
  const rows = await database.query(`SELECT ${COLUMNS} FROM orders WHERE id = $1`, [orderId]);
  return (rows as readonly (SqlRow & Order)[])[0];
}
