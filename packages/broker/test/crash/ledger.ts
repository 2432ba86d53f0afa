/**
 * What a test has asked of a broker and what the broker has confirmed, and so what must, may and must
 * not be found after a crash:
 *
 *   numbered messages go to queue `a`; some are acknowledged, some moved to queue `b` by a transaction
 *   groups of messages go to queue `g`, each in one transaction
 */
export type Progress = 'asked' | 'confirmed';

/** What the queues hold, in their order. */
export interface Found {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Of each group the messages, as `group/index`. */
  readonly g: readonly string[];
}

interface Message {
  sent: Progress;
  end: { readonly how: 'ack' | 'move'; progress: Progress } | undefined;
}

export const GROUP_SIZE = 3;

export class Ledger {
  readonly #messages = new Map<number, Message>();
  readonly #groups = new Map<number, Progress>();
  /** Messages that a confirmed or found move has brought to `b`. */
  readonly #moved = new Set<number>();

  sent(number: number, progress: Progress): void {
    const message = this.#messages.get(number);
    if (message) message.sent = progress;
    else this.#messages.set(number, { sent: progress, end: undefined });
  }

  ended(number: number, how: 'ack' | 'move', progress: Progress): void {
    const message = this.#messages.get(number);
    if (message) message.end = { how, progress };
  }

  sentGroup(group: number, progress: Progress): void {
    this.#groups.set(group, progress);
  }

  /** What is wrong with what was found, in sentences. */
  problems(found: Found): string[] {
    return [...this.#numberProblems(found), ...this.#groupProblems(found.g)];
  }

  /** From now on what was found is what is there. */
  settle({ a, b, g }: Found): void {
    for (const number of b) this.#moved.add(number);
    this.#messages.clear();
    for (const number of a) this.#messages.set(number, { sent: 'confirmed', end: undefined });
    const groups = new Set(g.map((name) => Number.parseInt(name, 10)));
    this.#groups.clear();
    for (const group of groups) this.#groups.set(group, 'confirmed');
  }

  *#numberProblems({ a, b }: Found): Iterable<string> {
    const inA = new Set(a);
    const inB = new Set(b);
    if (inA.size < a.length) yield 'a holds a message twice';
    if (inB.size < b.length) yield 'b holds a message twice';
    if (!isAscending(a)) yield 'a is out of order';
    for (const number of a) if (!this.#messages.has(number)) yield `${number} in a came back`;
    for (const number of this.#moved) if (!inB.has(number)) yield `${number} in b was lost`;
    for (const [number, { sent, end }] of this.#messages) {
      const isInA = inA.has(number);
      const isInB = inB.has(number);
      if (isInA && isInB) yield `${number} was moved by half: it is in a and b`;
      if (isInB && end?.how !== 'move') yield `${number} is in b, and nobody moved it`;
      if (sent === 'confirmed' && !isInA && !isInB && end?.how !== 'ack') {
        yield end ? `${number} was moved by half: it is nowhere` : `${number} was lost`;
      }
      if (end?.progress === 'confirmed' && isInA) yield `${number} came back after its ${end.how}`;
      if (end?.how === 'move' && end.progress === 'confirmed' && !isInB) {
        yield `the move of ${number} was lost`;
      }
    }
  }

  *#groupProblems(g: readonly string[]): Iterable<string> {
    const counts = new Map<number, number>();
    for (const name of g) {
      const group = Number.parseInt(name, 10);
      if (!this.#groups.has(group)) yield `group ${group} was never sent`;
      const index = counts.get(group) ?? 0;
      if (name !== `${group}/${index}`) yield `group ${group} is out of order`;
      counts.set(group, index + 1);
    }
    if (!isAscending([...counts.keys()])) yield 'groups are out of order';
    for (const [group, count] of counts) {
      if (count !== GROUP_SIZE) yield `group ${group} has ${count} messages`;
    }
    for (const [group, progress] of this.#groups) {
      if (progress === 'confirmed' && !counts.has(group)) yield `group ${group} was lost`;
    }
  }
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}
