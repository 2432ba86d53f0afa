/**
 * STOMP's side of one client, from its CONNECT to the end: which frames are legal when, its
 * subscriptions and transactions, and receipts. What a command does is in `handlers/`.
 *
 *   connecting ──CONNECT──▶ authenticating ──▶ connected ──DISCONNECT──▶ ending ──all durable──▶ ended
 *        └───────── login time-out, connection lost, in every state ────────────────────────────▶ ended
 *
 * Whatever is refused leads to ending. What a client sends behind its CONNECT waits until the login is
 * known to be right, and is not looked at if it is not.
 *
 * Order: what the client gets in answer (RECEIPT, ERROR) comes in the order of its frames, each after
 * everything that the client wrote before is on disk.
 */
import { strict as assert } from 'node:assert';
import { encodeUtf8, type Frame, type FrameError, StompError } from '@stompbox/protocol';
import type { ConnectionFacts } from './activity.js';
import type { Connection, ConnectionHandler } from './connection.js';
import { handleFrame } from './handlers/index.js';
import type { Principal } from './security/principal.js';
import { tellConsumers } from './session-consumers.js';
import type { SessionContext } from './session-context.js';
import { SessionProducers } from './session-producers.js';
import { SessionSubscriptions } from './session-subscriptions.js';
import { SessionTransactions } from './session-transactions.js';
import type { WriteNumber } from './store/commit-loop.js';
import type { Origin } from './topic/topic.js';

/** Longest text of an ERROR. */
const ERROR_CHARACTERS = 300;

export type SessionState = 'connecting' | 'authenticating' | 'connected' | 'ending' | 'ended';

const NEXT: Record<SessionState, readonly SessionState[]> = {
  connecting: ['authenticating', 'ending', 'ended'],
  authenticating: ['connected', 'ending', 'ended'],
  connected: ['ending', 'ended'],
  ending: ['ended'],
  ended: [],
};

/** Who has logged in. */
export interface Identity {
  readonly principal: Principal;
  readonly login: string | undefined;
  readonly clientId: string | undefined;
}

export class Session implements ConnectionHandler {
  readonly connection: Connection;
  readonly context: SessionContext;
  readonly subscriptions = new SessionSubscriptions();
  readonly transactions: SessionTransactions;
  readonly producers: SessionProducers;
  readonly #onEnd: (session: Session) => void;
  readonly #cancelLoginTimer: () => void;
  #state: SessionState = 'connecting';
  #facts: ConnectionFacts | undefined;
  #principal: Principal | undefined;
  #origin: Origin = { connectionId: undefined, clientId: undefined };
  /** The last write that a frame of this client asked for. */
  #lastWrite: WriteNumber = 0;

  constructor(connection: Connection, context: SessionContext, onEnd: (session: Session) => void) {
    this.connection = connection;
    this.context = context;
    this.#onEnd = onEnd;
    this.transactions = new SessionTransactions(connection.memory);
    this.producers = new SessionProducers(connection.id, context);
    this.#cancelLoginTimer = context.clock.setTimer(
      () => connection.destroy(new Error(`no CONNECT from ${connection.peer} in time`)),
      context.connectTimeoutMs,
    );
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Who it is; `undefined` until it has logged in. */
  get facts(): ConnectionFacts | undefined {
    return this.#facts;
  }

  /** What it may do; `undefined` until it has logged in. */
  get principal(): Principal | undefined {
    return this.#principal;
  }

  /** The name that its messages carry, if they are to. */
  get userId(): string | undefined {
    return this.context.populatesUserId ? this.#facts?.login : undefined;
  }

  /** Of the messages that it sends. */
  get origin(): Origin {
    return this.#origin;
  }

  onFrame(frame: Frame): void {
    if (!this.#isLive) return;
    try {
      const afterReceipt = handleFrame(this, frame);
      this.#confirm(receiptAskedBy(frame), afterReceipt);
    } catch (error) {
      if (!(error instanceof StompError)) throw error;
      this.refuse(error, frame.headers.get('receipt'));
    }
  }

  onBadFrame(error: FrameError): void {
    if (this.#isLive) this.refuse(error);
  }

  /** A client that has closed its side still gets what it waits for: `printf … | nc` is one. */
  onEnd(): void {
    if (this.#isLive) this.shutDown();
  }

  onRoom(): void {
    this.subscriptions.wantMore();
  }

  onClose(error?: Error): void {
    if (this.#state !== 'ended') this.#become('ended');
    this.#cancelLoginTimer();
    this.#release();
    const { peer } = this.connection;
    this.context.onEvent({ type: 'disconnected', peer, ...(error && { error }) });
    if (this.#facts) this.context.activities.emit({ type: 'connection-closed', ...this.#facts });
    this.#onEnd(this);
  }

  /**
   * Waits until it is known who the client is; then `welcome` answers it, unless it is refused.
   *
   * @param login rejects with the error that the client is told
   */
  authenticate(login: Promise<Principal>, welcome: (principal: Principal) => void): void {
    this.#become('authenticating');
    this.connection.hold();
    const known = login.then((principal) => {
      if (this.#state !== 'authenticating') return;
      welcome(principal);
      this.connection.proceed();
    });
    known.catch((error: unknown) => {
      if (!(error instanceof StompError) || this.#state === 'connected') throw error;
      if (this.#state === 'authenticating') this.refuse(error);
    });
  }

  /** The client has logged in. */
  connected({ principal, ...identity }: Identity): void {
    this.#become('connected');
    this.#cancelLoginTimer();
    const { id, peer, version, connector } = this.connection;
    this.#principal = principal;
    this.#origin = { connectionId: id, clientId: identity.clientId };
    this.#facts = { connectionId: id, peer, version, connector, ...identity };
    this.context.onEvent({ type: 'connected', peer, version });
    this.context.activities.emit({ type: 'connection-opened', ...this.#facts });
  }

  /** A frame of the client led to this write; its receipts wait for it. */
  wrote(number: WriteNumber): void {
    if (number > this.#lastWrite) this.#lastWrite = number;
  }

  /** The client wants no more: no frame of it counts from now on, what it held goes back. */
  leave(): void {
    this.#become('ending');
    this.#cancelLoginTimer();
    this.#release();
  }

  /** No frame counts from now on, and the receipts of earlier ones still go out. */
  shutDown(): void {
    if (this.#isLive) this.leave();
    this.endWhenDurable();
  }

  /** Closes the connection when all receipts that the client waits for have been sent. */
  endWhenDurable(): void {
    this.context.commits.whenDurable(this.#lastWrite, () => this.connection.end());
  }

  /**
   * Says what is wrong, then closes: "The server MUST close the connection just after sending the
   * ERROR frame" (STOMP 1.2, "ERROR").
   */
  refuse(error: StompError, receiptId?: string): void {
    const { peer } = this.connection;
    this.context.onEvent({ type: 'refused', peer, error });
    this.leave();
    this.context.commits.whenDurable(this.#lastWrite, () => this.sendError(error, receiptId));
  }

  /** ERROR and the end, whatever else is going on. */
  sendError(error: StompError, receiptId?: string): void {
    const text = shortened(error.message);
    const headers: Array<[string, string]> = [
      ['message', text],
      ['code', error.code],
      ['content-type', 'text/plain'],
    ];
    if (error.code === 'STOMP_PROTO_VERSION') headers.push(['version', '1.0,1.1,1.2']);
    if (receiptId !== undefined) headers.push(['receipt-id', receiptId]);
    this.connection.sendFrame('ERROR', headers, encodeUtf8(`${text}\n`));
    this.connection.end();
  }

  get #isLive(): boolean {
    return this.#state !== 'ending' && this.#state !== 'ended';
  }

  #confirm(receiptId: string | undefined, afterReceipt: (() => void) | undefined): void {
    if (receiptId === undefined) {
      afterReceipt?.();
      return;
    }
    this.context.commits.whenDurable(this.#lastWrite, (proof) => {
      this.connection.sendReceipt(receiptId, proof);
      afterReceipt?.();
    });
  }

  #release(): void {
    const ended = [...this.subscriptions];
    // What the transactions let go returns to its queue with the rest, so that nothing overtakes it there.
    this.subscriptions.stopAll();
    this.transactions.abortAll();
    this.subscriptions.closeAll();
    for (const subscription of ended) tellConsumers('consumer-removed', subscription, this);
    this.producers.close();
    this.context.clientIds.release(this.connection.id);
    this.context.router.connectionEnded(this.connection.id);
  }

  #become(next: SessionState): void {
    assert(NEXT[this.#state].includes(next), `session ${this.#state} → ${next}`);
    this.#state = next;
  }
}

/**
 * STOMP 1.2, "receipt": "Any client frame other than CONNECT MAY specify a receipt header". What a CONNECT
 * says there comes back in CONNECTED.
 */
function receiptAskedBy({ command, headers }: Frame): string | undefined {
  return command === 'CONNECT' || command === 'STOMP' ? undefined : headers.get('receipt');
}

/** Error texts repeat what the client sent; a header line of the client's own length is too long for it. */
function shortened(text: string): string {
  return text.length <= ERROR_CHARACTERS ? text : `${text.slice(0, ERROR_CHARACTERS - 1)}…`;
}
