/**
 * Messages of one group (JMSXGroupID) one after the other, however many others are handled beside them.
 */
export class GroupLanes {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs the work when all earlier work of these groups is done. */
  async run(groups: readonly string[], work: () => Promise<void>): Promise<void> {
    if (groups.length === 0) return await work();
    const earlier = groups.map((group) => this.#last.get(group));
    const running = Promise.all(earlier).then(work);
    // An error of one is not the next one's.
    const done = running.catch(() => undefined);
    for (const group of groups) this.#last.set(group, done);
    try {
      await running;
    } finally {
      for (const group of groups) if (this.#last.get(group) === done) this.#last.delete(group);
    }
  }
}
