/** A handler that does what the body of its message says, so that all processes behave alike. */
import { type ListenerContext, UnrecoverableError } from 'stompbox';

export interface Plan {
  /** Attempts that fail before one succeeds; `always`: all. */
  readonly fails?: number | 'always';
  /** It fails with an UnrecoverableError. */
  readonly isUnrecoverable?: boolean;
  /** How long the handler works, on its own. */
  readonly worksMs?: number;
  /** The handler never ends, in the first delivery of the message. */
  readonly hangs?: boolean;
}

export async function planned(plan: Plan, context: ListenerContext): Promise<unknown> {
  const { fails = 0, isUnrecoverable = false, worksMs = 0, hangs = false } = plan;
  if (hangs && !context.isRedelivered) await new Promise(() => undefined);
  if (worksMs > 0) await worked(worksMs);
  if (isUnrecoverable) throw new UnrecoverableError('no use');
  if (fails === 'always' || context.attempt <= fails) {
    throw new RangeError(`attempt ${context.attempt} fails as planned`);
  }
  return { attempt: context.attempt };
}

function worked(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
