/**
 * A look at a queue that takes nothing: all that stood in it when the browser came, in the order in which
 * it would be delivered, then a marker. What its consumers hold and have not settled is shown too.
 */
import type { Entry } from '../delivery.js';
import { MessageValues } from '../selector/message-values.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { Source, Subscription } from '../subscription.js';
import { Cursor } from './cursor.js';
import type { Lane, Nothing } from './lane.js';
import type { Queue } from './queue.js';

/** One lane, up to where it reached when the browser came. */
interface Part {
  readonly lane: Lane;
  readonly end: number;
  readonly cursor: Cursor;
  /** Offered to consumers, or delayed, when the browser came; by position. */
  readonly held: Entry[];
}

export class QueueBrowser implements Source {
  readonly keepsOffered = false;
  readonly #commits: CommitLoop;
  /** What is still to be shown. */
  readonly #parts: Part[];

  constructor(queue: Queue, commits: CommitLoop) {
    this.#commits = commits;
    const held = [...queue.held()].sort((a, b) => a.position - b.position);
    this.#parts = [...queue.lanes].map((lane) => ({
      lane,
      end: lane.nextPosition,
      cursor: new Cursor(),
      held: held.filter(({ priority }) => priority === lane.priority),
    }));
  }

  onCredit(subscription: Subscription): void {
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      for (;;) {
        if (!subscription.hasCredit) return;
        const entry = nextOf(part);
        if (entry === 'later') {
          this.#commits.afterNextSync(() => subscription.wantsMore());
          return;
        }
        if (entry === 'none') break;
        if (isWanted(entry, subscription)) subscription.offer({ ...entry, source: this });
      }
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

  leave(): void {}

  giveBack(): void {}
}

function nextOf({ lane, end, cursor, held }: Part): Entry | Nothing {
  const next = lane.next(cursor, () => 'take');
  const isBeyond = typeof next !== 'string' && next.position >= end;
  const [first] = held;
  const isHeldFirst = first && (typeof next === 'string' || first.position <= next.position);
  const entry = isHeldFirst ? (held.shift() as Entry) : isBeyond ? 'none' : next;
  // Also past one that was held and has come back: it is shown once.
  if (typeof entry !== 'string') cursor.moveTo(entry.position + 1);
  return entry;
}

function isWanted(entry: Entry, { options: { selector } }: Subscription): boolean {
  return !selector || selector.matches(values.of(entry.message, entry.redeliveries));
}

const values = new MessageValues();
