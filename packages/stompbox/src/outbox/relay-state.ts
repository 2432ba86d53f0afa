/**
 * What a relay is doing:
 *
 *   idle ──► claiming ──► sending ──► claiming …
 *    ▲          │             │
 *    └──nothing─┘             │            all but stopped ──stop()──► stopping ──► stopped
 *               └──trouble────┴──► backing-off ──► claiming
 */
import assert from 'node:assert/strict';

export type RelayState = 'idle' | 'claiming' | 'sending' | 'backing-off' | 'stopping' | 'stopped';

const TRANSITIONS: Readonly<Record<RelayState, readonly RelayState[]>> = {
  idle: ['claiming', 'stopping'],
  claiming: ['sending', 'idle', 'backing-off', 'stopping'],
  sending: ['claiming', 'backing-off', 'stopping'],
  'backing-off': ['claiming', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
};

export class RelayStateMachine {
  readonly #onChange: (state: RelayState) => void;
  #state: RelayState = 'idle';

  constructor(onChange: (state: RelayState) => void) {
    this.#onChange = onChange;
  }

  get current(): RelayState {
    return this.#state;
  }

  get isStopping(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped';
  }

  /** While it stops, only `stopped` is entered; what it still does does not change its name. */
  enter(state: RelayState): void {
    if (this.#state === 'stopping' && state !== 'stopped') return;
    if (state === this.#state) return;
    assert.ok(
      TRANSITIONS[this.#state].includes(state),
      `a relay goes from ${this.#state} to ${state}`,
    );
    this.#state = state;
    this.#onChange(state);
  }
}
