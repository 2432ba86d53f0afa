/**
 * The service and its connection: connected, not lost again and again, not draining, and sends that are
 * answered. It is told every event, and judges from the snapshot.
 */
import { StompError } from '@stompbox/protocol';
import type { MessagingEvent } from '../messaging-event.js';
import type { MessagingSnapshot } from '../messaging-snapshot.js';
import type { ResolvedHealth } from './health-options.js';
import type { Fault, Verdict } from './health-report.js';

/** The broker was given a message and did not answer; what it refuses, it has answered. */
const UNANSWERED: readonly string[] = ['STOMP_NET_TIMEOUT_RECEIPT', 'STOMP_NET_TIMEOUT_NOT_SENT'];

export class ConnectionWatch {
  readonly #options: ResolvedHealth;
  /** When the connection was lost, within the time that counts. */
  #lossesAtMs: number[] = [];
  #losses = 0;
  #unansweredAtMs: number | undefined;
  #hasConnected = false;
  /** Why the last attempt of health itself to connect failed. */
  #connectError: unknown;

  constructor(options: ResolvedHealth) {
    this.#options = options;
  }

  /** How often the connection was lost. */
  get losses(): number {
    return this.#losses;
  }

  noteConnectFailed(error: unknown): void {
    this.#connectError = error;
  }

  note(event: MessagingEvent, nowMs: number): void {
    if (event.type === 'connection' && event.status.type === 'connected') {
      // What another session did not answer says nothing about this one.
      this.#unansweredAtMs = undefined;
    } else if (event.type === 'connection' && event.status.type === 'reconnecting') {
      this.#losses += 1;
      this.#lossesAtMs.push(nowMs);
      // As many as are looked at: a connection may be lost for years.
      this.#lossesAtMs = this.#lossesAtMs.slice(-this.#options.reconnectLoop.losses);
    } else if (event.type === 'sent') {
      this.#unansweredAtMs = undefined;
    } else if (event.type === 'send-failed' && isUnanswered(event.error)) {
      this.#unansweredAtMs = nowMs;
    }
  }

  judge(
    { state, connection }: MessagingSnapshot,
    silence: Fault | undefined,
    nowMs: number,
  ): Verdict[] {
    if (connection.state === 'connected') {
      this.#hasConnected = true;
      this.#connectError = undefined;
    }
    return [
      { component: 'service', state, isRequired: true, fault: stateFault(state) },
      {
        component: 'connection',
        ...(connection.peer === undefined ? {} : { name: connection.peer }),
        state: connection.state,
        isRequired: true,
        hasStarted: this.#hasConnected,
        fault: this.#notConnected(connection) ?? silence ?? this.#loop(nowMs),
      },
      {
        component: 'sends',
        state: this.#isUnanswered(nowMs) ? 'unanswered' : 'possible',
        isRequired: true,
        fault: this.#isUnanswered(nowMs)
          ? {
              code: 'sends-failing',
              reason:
                'the broker did not confirm the last message in time: look at its disk, its memory ' +
                'limits and its load',
            }
          : undefined,
      },
    ];
  }

  #notConnected({ state, error }: MessagingSnapshot['connection']): Fault | undefined {
    if (state === 'connected') return undefined;
    const cause = error ?? this.#connectError;
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    const what = state === 'none' ? 'there is no connection' : `the connection is ${state}`;
    return { code: 'not-connected', reason: `${what}${why}` };
  }

  #loop(nowMs: number): Fault | undefined {
    const { losses, withinMs } = this.#options.reconnectLoop;
    const recent = this.#lossesAtMs.filter((atMs) => nowMs - atMs < withinMs);
    if (recent.length < losses) return undefined;
    return {
      code: 'reconnect-loop',
      reason:
        `the connection was lost ${recent.length} times within ${withinMs} ms: see the log for why; ` +
        'often it is a permission, or a client id that two programs use',
    };
  }

  #isUnanswered(nowMs: number): boolean {
    const atMs = this.#unansweredAtMs;
    return atMs !== undefined && nowMs - atMs < this.#options.sendFailureMs;
  }
}

function stateFault(state: MessagingSnapshot['state']): Fault | undefined {
  switch (state) {
    case 'open':
      return undefined;
    case 'draining':
    case 'closing':
      return { code: 'draining', reason: 'the service is closing: it finishes what it has begun' };
    case 'closed':
      return { code: 'closed', reason: 'the service is closed' };
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof StompError && UNANSWERED.includes(error.code);
}
