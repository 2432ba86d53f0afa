/**
 * The tracing channel `stompbox:process`: a `TracingChannel` of `node:diagnostics_channel` around each
 * call of a listener's handler. It is to listeners what the client's channels `stompbox:send` and so
 * on are to connections; `stompbox/otel` and other tracers subscribe to it.
 *
 * - Nobody pays who does not listen: ask `isProcessTraced` before a context is made.
 * - One context object travels through all events of an attempt. It holds no body, and what the handler
 *   returns stays with the caller, because it may be a reply.
 * - The handler runs within the stores that are bound to `start`.
 */
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { TraceOrigin } from '@stompbox/client';
import type { FrameHeaders } from '@stompbox/protocol';

/** The context of `stompbox:process`: from the call of a handler until it has finished or failed. */
export interface ProcessTrace extends TraceOrigin {
  /** Name of the listener. */
  readonly listener: string;
  /** What it is subscribed to, in STOMP's form; may be a pattern. */
  readonly subscribedTo: string;
  /** Of the message, as the broker wrote it; of a batch, that of its first message, as all below. */
  readonly destination: string;
  readonly messageId: string;
  readonly correlationId: string;
  /** Counted from 1 over all tries. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly headers: FrameHeaders;
  /** Messages of the batch; undefined for a listener without `batch`. */
  readonly batchSize: number | undefined;
  /** Headers of each message of the batch, the first one included. */
  readonly batchHeaders?: readonly FrameHeaders[] | undefined;
  /** The name of a durable subscription. */
  readonly durable?: string | undefined;
  readonly clientId?: string | undefined;
  /** What the attempt failed with, from the event `error` on. */
  error?: unknown;
}

const NAME = 'stompbox:process';

/** Made at the first question, because a module that acts as it is loaded cannot be shaken off. */
let channel: TracingChannel<unknown, ProcessTrace> | undefined;

/** True when somebody listens to the channel. */
export function isProcessTraced(): boolean {
  channel ??= tracingChannel(NAME);
  return channel.hasSubscribers;
}

/** Runs one attempt between the events of the channel and gives its outcome, unchanged. */
export async function traceProcess<T>(context: ProcessTrace, run: () => Promise<T>): Promise<T> {
  channel ??= tracingChannel(NAME);
  const results: T[] = [];
  await channel.tracePromise(async () => void results.push(await run()), context);
  return results[0] as T;
}
