/**
 * SQLite by libsql, on one connection. Statements and transactions take turns, because a statement that
 * ran while another caller's transaction is open would become part of it.
 */
import Libsql from 'libsql';
import { type SqlExecutor, type SqlRow, type SqlValue, sqlExecutor } from 'stompbox/outbox';
import type { Database } from './database.js';

export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly #connection: Libsql.Database;
  readonly #direct: SqlExecutor;
  #lastTurn: Promise<unknown> = Promise.resolve();

  private constructor(connection: Libsql.Database) {
    this.#connection = connection;
    this.#direct = sqlExecutor(connection);
  }

  /** @param file `:memory:` for a test */
  static open(file: string): SqliteDatabase {
    const connection = new Libsql(file);
    // A commit is on disk before anybody is told of it.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return new SqliteDatabase(connection);
  }

  query(sql: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#inTurn(async () => this.#direct.query(sql, values));
  }

  transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#connection.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(this.#direct);
        this.#connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => void this.#connection.close());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    // Its error is its caller's; the next turn comes in any case.
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }
}
