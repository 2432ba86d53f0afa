/**
 * What becomes of sends while there is no session: how many may wait, what happens to the next one,
 * and what is kept in a store so that it outlives the process.
 *
 *   reject        the next send fails
 *   block         it waits for room, in order, within its timeout
 *   drop-oldest   the send that waits longest fails instead; its caller and a status event say so
 *
 * With a store, a send that waits is handed to it at once, and waits whether or not the store is done
 * with it; if the store fails, so does the send, unless the broker may have it already. It leaves the
 * store when the broker has confirmed or its caller has given up. What is left when the connection
 * ends stays there.
 */
import { encodeUtf8 } from '@stompbox/protocol';
import { BodySource } from './body-source.js';
import { ConnectionError } from './errors.js';
import type { ResolvedOffline } from './offline-options.js';
import type { Operation } from './operation.js';
import type { StatusFeed } from './status-feed.js';

export class OfflineQueue {
  readonly #options: ResolvedOffline;
  readonly #status: StatusFeed;
  /** Sends that the outbox holds without a session, oldest first. */
  readonly #held = new Set<Operation>();
  /** Sends that wait for room. */
  readonly #blocked = new Set<Operation>();
  /** When their records are written; operations whose record is in the store, or on its way. */
  readonly #stored = new Map<Operation, Promise<boolean>>();
  #heldBytes = 0;
  /** Sends that `drop-oldest` gave up. */
  droppedCount = 0;

  constructor(options: ResolvedOffline, status: StatusFeed) {
    this.#options = options;
    this.#status = status;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get blockedCount(): number {
    return this.#blocked.size;
  }

  /** @throws `STOMP_NET_QUEUE_FULL` */
  check(): void {
    const { whenFull, maxMessages, maxBytes } = this.#options;
    if (whenFull !== 'reject' || this.#hasRoom) return;
    throw ConnectionError.of('STOMP_NET_QUEUE_FULL', [maxMessages, maxBytes]);
  }

  /** A send without a session: `later` keeps it until there is room. */
  take(operation: Operation): 'now' | 'later' {
    if (this.#options.whenFull === 'block' && (!this.#hasRoom || this.#blocked.size > 0)) {
      this.#blocked.add(operation);
      return 'later';
    }
    this.#hold(operation);
    this.#store(operation);
    if (this.#options.whenFull === 'drop-oldest') this.#dropOldest(operation);
    return 'now';
  }

  /** A send that goes back to the queue because its session was lost. It was accepted before. */
  takeBack(operation: Operation): void {
    if (operation.command !== 'SEND') return;
    this.#hold(operation);
    this.#store(operation);
  }

  /** A send whose record is in the store already. */
  adopt(operation: Operation): void {
    this.#hold(operation);
    this.#stored.set(operation, Promise.resolve(true));
  }

  /** There is a session: nothing is held any more. Gives back what waited for room. */
  release(): Operation[] {
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    this.#held.clear();
    this.#heldBytes = 0;
    return blocked;
  }

  /** The send is settled, with an error if it failed. Gives those that waited for room and have it now. */
  forget(operation: Operation, failure: unknown): readonly Operation[] {
    this.#blocked.delete(operation);
    this.#unstore(operation, failure);
    if (!this.#held.delete(operation)) return NONE;
    this.#heldBytes -= operation.size;
    return this.#blocked.size === 0 ? NONE : this.#admit();
  }

  /** Fails a send that is left at the end of the connection. Its record stays in the store. */
  end(operation: Operation, cause: Error | undefined): void {
    const appended = this.#stored.get(operation);
    this.#stored.delete(operation);
    const fail = (code: 'STOMP_NET_KEPT' | 'STOMP_NET_MAYBE_DELIVERED' | 'STOMP_NET_CLOSED') =>
      operation.reject(ConnectionError.of(code, [operation.describe()], cause));
    if (appended === undefined) {
      fail(operation.mayBeKnown ? 'STOMP_NET_MAYBE_DELIVERED' : 'STOMP_NET_CLOSED');
      return;
    }
    // The record may still be on its way to the disk. If that fails, so has the send, and it says why.
    appended.then((isStored) => {
      if (isStored) fail('STOMP_NET_KEPT');
      else if (operation.mayBeKnown) fail('STOMP_NET_MAYBE_DELIVERED');
    });
  }

  get #hasRoom(): boolean {
    const { maxMessages, maxBytes } = this.#options;
    return this.#held.size < maxMessages && this.#heldBytes < maxBytes;
  }

  /** In order, as many as there is room for. */
  #admit(): Operation[] {
    const admitted: Operation[] = [];
    for (const next of this.#blocked) {
      if (!this.#hasRoom) break;
      this.#blocked.delete(next);
      this.#hold(next);
      this.#store(next);
      admitted.push(next);
    }
    return admitted;
  }

  #hold(operation: Operation): void {
    this.#held.add(operation);
    this.#heldBytes += operation.size;
  }

  #dropOldest(newest: Operation): void {
    const { maxMessages, maxBytes } = this.#options;
    for (const oldest of this.#held) {
      if (this.#held.size <= maxMessages && this.#heldBytes <= maxBytes) return;
      if (oldest === newest && this.#held.size === 1 && maxMessages > 0) return;
      this.droppedCount++;
      const code = oldest.mayBeKnown ? 'STOMP_NET_MAYBE_DELIVERED' : 'STOMP_NET_DROPPED';
      oldest.reject(ConnectionError.of(code, [oldest.describe()]));
      this.#status.emit({ type: 'send-dropped', destination: oldest.subject });
    }
  }

  #store(operation: Operation): void {
    const { store } = this.#options;
    const { storeId, body } = operation;
    if (store === undefined || storeId === undefined || this.#stored.has(operation)) return;
    if (body instanceof BodySource) return;
    const record = {
      id: storeId,
      destination: operation.subject,
      headers: operation.headers.filter(([name]) => !OWN_HEADERS.has(name)),
      body: typeof body === 'string' ? encodeUtf8(body) : body,
    };
    const append = async () => store.append(record);
    const appended = append().then(
      () => {
        if (operation.isResolvedWhenStored) operation.release();
        return true;
      },
      (error: unknown) => {
        this.#stored.delete(operation);
        // What the broker may have goes on without a record: its sender would send it twice.
        if (!operation.mayBeKnown) operation.reject(error);
        return false;
      },
    );
    this.#stored.set(operation, appended);
  }

  #unstore(operation: Operation, failure: unknown): void {
    const appended = this.#stored.get(operation);
    if (appended === undefined) return;
    this.#stored.delete(operation);
    const { store } = this.#options;
    appended.then((isStored) => {
      if (isStored && operation.storeId !== undefined) store?.remove(operation.storeId);
    });
    if (failure === undefined || !operation.isReleased) return;
    // Its caller was told that it is safe; that it failed now must not go unheard.
    const error = failure instanceof Error ? failure : new Error(String(failure));
    this.#status.emit({ type: 'send-failed', destination: operation.subject, error });
  }
}

const NONE: readonly Operation[] = [];

/** Written anew when the record is read back. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['destination', 'receipt']);
