/**
 * When a value was first seen as it is, by the clock of health. Times in a snapshot are those of the
 * system, which can be set; how long something lasts is measured here.
 */
export class Sighting {
  #mark: unknown;
  #sinceMs: number | undefined;

  /** Since when it has been this value, compared by `===`. */
  since(mark: unknown, nowMs: number): number {
    if (this.#sinceMs === undefined || mark !== this.#mark) {
      this.#mark = mark;
      this.#sinceMs = nowMs;
    }
    return this.#sinceMs;
  }
}
