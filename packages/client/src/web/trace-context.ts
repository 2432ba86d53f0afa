/** What stands for trace/trace-context.ts in browsers: the headers as the application gives them. */
import type { TraceContextSource } from '../trace/trace-context.js';

export function traceContextHeaders(source: TraceContextSource): Record<string, string> {
  const { traceparent, tracestate } = source() ?? {};
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}
