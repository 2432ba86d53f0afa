/** What the schedule needs of the broker, and what it tells it. */
import type { StompError } from '@stompbox/protocol';
import type { Clock } from '../clock.js';
import type { Outgoing } from '../sending/outgoing.js';
import type { CommitLoop, WriteNumber } from '../store/commit-loop.js';
import type { InternalQueueContext } from '../store/internal-queue.js';

export interface ScheduleContext extends InternalQueueContext {
  readonly clock: Clock;
  readonly commits: InternalQueueContext['commits'] &
    Pick<CommitLoop, 'whenDurable' | 'afterNextSync' | 'isBehind'>;
  /** Sends to all that the destination names; a fresh message-id each time. */
  send(outgoing: Outgoing): WriteNumber;
  /** Keeps for a person what `send` has refused. */
  deadLetter(outgoing: Outgoing, cause: string): WriteNumber;
  onProblem(problem: ScheduleProblem): void;
}

export type ScheduleProblem =
  /** It cannot be read, is not sent, and stays on disk. */
  | { readonly type: 'corrupt-job'; readonly position: number }
  /** Neither its destination nor the dead letter queue took it; it is tried again. */
  | { readonly type: 'job-postponed'; readonly jobId: string; readonly error: StompError }
  /** Whoever browsed the schedule cannot be answered. */
  | { readonly type: 'browse-failed'; readonly replyTo: string; readonly error: StompError };
