/**
 * What was sent, and what became of each message:
 *
 *   sent ──► handled (a handler finished) | dead (it is in the dead letter queue) | left (still queued)
 *
 * - lost: the send was confirmed, and none of the three happened.
 * - a duplicate: each ending after the first. At-least-once delivery allows it when the broker never
 *   confirmed the end of an earlier delivery (its process or connection was gone), or when the delivery
 *   itself says that it may be a repetition. Any other is unexplained, and a defect.
 */

export interface LedgerTotals {
  readonly sent: number;
  readonly handled: number;
  readonly dead: number;
  readonly left: number;
  readonly duplicates: number;
  readonly unexplained: readonly string[];
  readonly lost: readonly string[];
}

type EndingKind = 'handled' | 'dead' | 'left';

interface Ending {
  readonly kind: EndingKind;
  readonly isFlagged: boolean;
}

interface Entry {
  isConfirmed: boolean;
  readonly endings: Ending[];
  /** Deliveries that a handler began with, and whose end the broker has not confirmed. */
  openDeliveries: number;
  /** The handler of the last delivery has itself moved the message elsewhere. */
  isMoved: boolean;
}

interface Wait {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
}

const MOST_NAMES = 10;

export class MessageLedger {
  readonly #entries = new Map<string, Entry>();
  #waiting: Wait[] = [];

  /** The broker has confirmed it. */
  sent(name: string): void {
    this.#entry(name).isConfirmed = true;
    this.#tell();
  }

  /** A handler begins with a delivery of it. */
  began(name: string): void {
    const entry = this.#entry(name);
    entry.openDeliveries += 1;
    entry.isMoved = false;
    this.#tell();
  }

  /** The broker has confirmed a retry or dead letter, and the ACK of the delivery. */
  moved(name: string): void {
    this.#entry(name).isMoved = true;
    this.settled(name);
  }

  /** The broker has confirmed the end of a delivery. */
  settled(name: string): void {
    const entry = this.#entry(name);
    entry.openDeliveries = Math.max(0, entry.openDeliveries - 1);
    this.#tell();
  }

  /** @param isFlagged the delivery says that it is a redelivery or a later attempt */
  ended(name: string, kind: EndingKind, isFlagged = false): void {
    const { isMoved, openDeliveries } = this.#entry(name);
    if (kind === 'handled' && isMoved && openDeliveries === 0) return;
    this.#entry(name).endings.push({ kind, isFlagged });
    this.#tell();
  }

  has(name: string, kind: EndingKind): boolean {
    return this.#entries.get(name)?.endings.some((ending) => ending.kind === kind) ?? false;
  }

  /**
   * Resolves when so many messages have an ending of this kind, or of any. What was never confirmed does
   * not count: it would stand for one that was, and is on its way.
   */
  untilEnded(count: number, kind?: EndingKind, timeoutMs?: number): Promise<void> {
    const isWanted = (ending: Ending) => kind === undefined || ending.kind === kind;
    return this.#until(
      () =>
        this.#count(({ isConfirmed, endings }) => isConfirmed && endings.some(isWanted)) >= count,
      timeoutMs,
    );
  }

  /** Resolves when the broker has confirmed the end of all that was begun, and all have an ending. */
  untilQuiet(timeoutMs?: number): Promise<void> {
    return this.#until(
      () =>
        this.#count(({ endings, openDeliveries }) => !endings.length || openDeliveries > 0) === 0,
      timeoutMs,
    );
  }

  /** Resolves when handlers are at work on so many. */
  untilBegun(count: number, timeoutMs?: number): Promise<void> {
    return this.#until(() => this.#count((entry) => entry.openDeliveries > 0) >= count, timeoutMs);
  }

  totals(): LedgerTotals {
    const all = [...this.#entries.values()].flatMap(({ endings }) => endings);
    const of = (kind: EndingKind) => all.filter((ending) => ending.kind === kind).length;
    const entries = [...this.#entries];
    return {
      sent: this.#count(({ isConfirmed }) => isConfirmed),
      handled: of('handled'),
      dead: of('dead'),
      left: of('left'),
      duplicates: all.length - this.#count(({ endings }) => endings.length > 0),
      unexplained: entries.filter(([, entry]) => isUnexplained(entry)).map(describe),
      lost: entries
        .filter(([, { isConfirmed, endings }]) => isConfirmed && endings.length === 0)
        .map(([name]) => name),
    };
  }

  #count(isCounted: (entry: Entry) => boolean): number {
    return [...this.#entries.values()].filter(isCounted).length;
  }

  /** Rejects with who is missing when it takes too long. */
  async #until(isReached: () => boolean, timeoutMs = 90_000): Promise<void> {
    if (isReached()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(this.#missing())), timeoutMs);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ isReached, resolve: done });
    });
  }

  #missing(): string {
    const { sent, handled, dead, lost } = this.totals();
    const names = lost.slice(0, MOST_NAMES).join(', ');
    const open = this.#count(({ openDeliveries }) => openDeliveries > 0);
    return (
      `of ${sent} messages sent, ${handled} were handled and ${dead} dead-lettered; ` +
      `${open} deliveries are open; without an ending: ${lost.length} ${names}`
    );
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const made = { isConfirmed: false, endings: [], openDeliveries: 0, isMoved: false };
    this.#entries.set(name, made);
    return made;
  }

  #tell(): void {
    const ready = this.#waiting.filter(({ isReached }) => isReached());
    this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
    for (const { resolve } of ready) resolve();
  }
}

/** Each ending after the first must be flagged, or go back to a delivery that was left open. */
function isUnexplained({ endings, openDeliveries }: Entry): boolean {
  const extra = endings.slice(1).filter(({ isFlagged }) => !isFlagged).length;
  return extra > openDeliveries;
}

function describe([name, { endings, openDeliveries }]: [string, Entry]): string {
  const kinds = endings.map(({ kind, isFlagged }) => `${kind}${isFlagged ? ' (flagged)' : ''}`);
  return `${name}: ${kinds.join(', ')}; ${openDeliveries} deliveries left open`;
}
