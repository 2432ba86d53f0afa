/** What stands for trace/tracing.ts in browsers, which have no diagnostics channels. */
import type { TraceContexts, TracedOperation, TraceOrigin } from '../trace/tracing.js';

export function isTraced(_operation: TracedOperation): boolean {
  return false;
}

export function trace<O extends TracedOperation, T>(
  _operation: O,
  context: TraceContexts[O],
  run: (context: TraceContexts[O]) => Promise<T>,
): Promise<T> {
  return run(context);
}

/** Nobody sees it. */
export function traceOrigin(peer: string, system: string): TraceOrigin {
  return { peer, serverAddress: peer, serverPort: undefined, system };
}
