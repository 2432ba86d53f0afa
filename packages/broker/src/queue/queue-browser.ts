/**
 * A look at a queue that takes nothing: all that stood in it when the browser came and is there still, in
 * the order in which it would be delivered, then a marker. What its consumers hold and have not settled is
 * shown too.
 */
import type { Entry } from '../delivery.js';
import { MessageValues } from '../selector/message-values.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Source, Subscription } from '../subscription.js';
import type { Cursor } from './cursor.js';
import type { Lane, Nothing, Steps } from './lane.js';
import type { Queue } from './queue.js';

/** So many messages are looked at in one turn. */
const LOOKED_AT_IN_TURN = 1024;

/** One lane, up to where it reached when the browser came. */
interface Part {
  readonly lane: Lane;
  readonly end: number;
  readonly cursor: Cursor;
}

export class QueueBrowser implements Source {
  readonly keepsOffered = false;
  readonly #queue: Queue;
  readonly #commits: CommitLoop;
  /** What is still to be shown. */
  readonly #parts: Part[];
  /** `looking`: it goes on in another turn by itself. */
  #state: 'ready' | 'looking' | 'left' = 'ready';

  constructor(queue: Queue, commits: CommitLoop) {
    this.#queue = queue;
    this.#commits = commits;
    this.#parts = [...queue.lanes].map((lane) => ({
      lane,
      end: lane.nextPosition,
      cursor: lane.cursor(),
    }));
  }

  onCredit(subscription: Subscription): void {
    if (this.#state !== 'ready') return;
    const steps = { left: LOOKED_AT_IN_TURN };
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      const shown = this.#show(part, subscription, steps);
      if (shown === 'no-credit') return;
      if (shown === 'later') this.#commits.afterNextSync(() => subscription.wantsMore());
      if (shown === 'unfinished') this.#lookOnLater(subscription);
      if (shown !== 'none') return;
      part.cursor.leave();
      this.#parts.shift();
    }
    subscription.endBrowsing(this);
  }

  settle(): WriteNumber {
    return 0;
  }

  refuse(): WriteNumber {
    return 0;
  }

  leave(): void {
    this.#state = 'left';
    for (const { cursor } of this.#parts) cursor.leave();
  }

  giveBack(): void {}

  #show(part: Part, subscription: Subscription, steps: Steps): Nothing | 'no-credit' {
    // Nobody else acts meanwhile, so what is held stays the same.
    const held = this.#heldIn(part);
    for (;;) {
      if (!subscription.hasCredit) return 'no-credit';
      const entry = nextOf(part, held, steps);
      if (typeof entry === 'string') return entry;
      if (this.#isWanted(entry, subscription)) subscription.offer({ ...entry, source: this });
      steps.left -= 1;
      if (steps.left <= 0) return 'unfinished';
    }
  }

  /** What consumers hold of the rest of a part, and what waits for its redelivery; the first one last. */
  #heldIn({ lane, end, cursor }: Part): Entry[] {
    const held: Entry[] = [];
    for (const entry of this.#queue.held()) {
      const { priority, position } = entry;
      if (priority !== lane.priority || position < cursor.position || position >= end) continue;
      held.push(entry);
    }
    return held.sort((a, b) => b.position - a.position);
  }

  #isWanted({ message, redeliveries }: Entry, { options: { selector } }: Subscription): boolean {
    if (this.#queue.isExpired(message)) return false;
    return !selector || selector.matches(values.of(message, redeliveries));
  }

  #lookOnLater(subscription: Subscription): void {
    this.#state = 'looking';
    setImmediate(() => {
      if (this.#state === 'left') return;
      this.#state = 'ready';
      subscription.wantsMore();
    });
  }
}

/** The first of what waits and what is held. */
function nextOf({ lane, end, cursor }: Part, held: Entry[], steps: Steps): Entry | Nothing {
  const next = lane.next(cursor, () => 'take', steps);
  const first = held.at(-1);
  if (first !== undefined && (typeof next === 'string' || first.position <= next.position)) {
    held.pop();
    cursor.moveTo(first.position + 1);
    return first;
  }
  if (typeof next === 'string') return next;
  if (next.position >= end) return 'none';
  cursor.moveTo(next.position + 1);
  return next;
}

const values = new MessageValues();
