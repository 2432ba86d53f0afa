/** The faults that are due, shared by all connections of one application. */

export type KillMoment = 'before-commit' | 'after-commit';

export class FaultPlan {
  receiptDelayMs = 0;
  messageDelayMs = 0;
  /** Messages that come twice. */
  duplicates = 0;
  /** Attempts to connect that fail. */
  refusals = 0;
  kill: KillMoment | undefined;

  clear(): void {
    this.receiptDelayMs = 0;
    this.messageDelayMs = 0;
    this.duplicates = 0;
    this.refusals = 0;
    this.kill = undefined;
  }

  /** True once for each fault that is due. */
  take(fault: 'duplicates' | 'refusals'): boolean {
    if (this[fault] === 0) return false;
    this[fault] -= 1;
    return true;
  }
}
