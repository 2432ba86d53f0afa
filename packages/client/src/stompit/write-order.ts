/**
 * Who may write when. A frame takes its turn when it is asked for, and writes when its body is
 * complete; those behind it wait until then. So DISCONNECT comes after a file that is still read.
 *
 *   take ──▶ reserved ──ready(write)──▶ its turn: write() ──▶ over
 *               └──skip(), close(reason)─────────────────────▶ over
 *
 * Nothing is written before `open`, nothing is taken after `seal`, nothing is left after `close`.
 */
export interface Turn {
  /** It writes as soon as all turns before it are over; at once if they are. */
  ready(write: () => void): void;
  /** It will not write. */
  skip(): void;
}

export class WriteOrder {
  readonly #waiting: WaitingTurn[] = [];
  #isOpen = false;
  /** Why nothing is taken any more. */
  #refusal: Error | undefined;

  /** @param fail told when it will never be its turn; it may be called at once */
  take(fail: (error: Error) => void): Turn {
    const turn = new WaitingTurn(fail, () => this.#proceed());
    if (this.#refusal) fail(this.#refusal);
    else this.#waiting.push(turn);
    return turn;
  }

  open(): void {
    this.#isOpen = true;
    this.#proceed();
  }

  /** Takes no more turns; those taken go on. */
  seal(reason: Error): void {
    this.#refusal ??= reason;
  }

  /** Ends all turns that are left. */
  close(reason: Error): void {
    this.seal(reason);
    for (const turn of this.#waiting.splice(0)) turn.fail(reason);
  }

  #proceed(): void {
    while (this.#isOpen) {
      const write = this.#waiting[0]?.write;
      if (write === undefined) return;
      this.#waiting.shift();
      write();
    }
  }
}

class WaitingTurn implements Turn {
  readonly fail: (error: Error) => void;
  readonly #proceed: () => void;
  #write: (() => void) | undefined;

  constructor(fail: (error: Error) => void, proceed: () => void) {
    this.fail = fail;
    this.#proceed = proceed;
  }

  get write(): (() => void) | undefined {
    return this.#write;
  }

  ready(write: () => void): void {
    this.#write ??= write;
    this.#proceed();
  }

  skip(): void {
    this.ready(() => {});
  }
}
