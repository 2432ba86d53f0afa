/**
 * The client's tracing channels, for monitors and tracers: `stompbox:send`, `stompbox:receive` and
 * so on, each a `TracingChannel` of `node:diagnostics_channel` with the events `start`, `end`,
 * `asyncStart`, `asyncEnd` and `error`.
 *
 * - Nobody pays who does not listen: ask `isTraced` before a context is made.
 * - A runtime without these channels, as a browser, has no tracing, and everything else works.
 * - One context object travels through all events of an operation. None holds a passcode or a body;
 *   so what an operation gives stays with its caller, because it may be a message.
 */
import type { TracingChannel } from 'node:diagnostics_channel';
import type { FrameHeaders } from '@stompbox/protocol';
import { nodeModule } from '../node-module.js';

/** What every context says: with whom the operation is. */
export interface TraceOrigin {
  /** The broker now or last connected to, as `Connection.peer` has it. */
  readonly peer: string;
  /** A host, or the file of a Unix socket. */
  readonly serverAddress: string;
  /** Missing for a Unix socket. */
  readonly serverPort: number | undefined;
  /** The kind of broker, as the connection's profile names it: `activemq`, `rabbitmq` and so on. */
  readonly system: string;
}

/** What the channel adds at the end of an operation. */
interface TraceOutcome {
  /** From the event `error` on. */
  error?: unknown;
}

/** Of `stompbox:send`: from the call of `send` until its promise settles. */
export interface SendTrace extends TraceOrigin, TraceOutcome {
  readonly destination: string;
  /** Missing for a stream and for an object. */
  readonly bodyBytes: number | undefined;
  readonly transaction: string | undefined;
  /** Headers that a subscriber of `start` adds to the message; the caller's own come first. */
  readonly headers: Record<string, string>;
}

/** What is known of a message that arrived. */
export interface MessageTrace extends TraceOrigin, TraceOutcome {
  readonly destination: string;
  readonly messageId: string;
  readonly subscriptionId: string;
}

/** Of `stompbox:receive`: while a handler, or one turn of a loop, has the message. */
export interface ReceiveTrace extends MessageTrace {
  /** Missing for a body that is still arriving. */
  readonly bodyBytes: number | undefined;
  readonly isRedelivered: boolean;
  readonly headers: FrameHeaders;
}

/** Of `stompbox:settle`: from `ack` or `nack` until its promise settles. */
export interface SettleTrace extends MessageTrace {
  readonly command: 'ACK' | 'NACK';
  readonly transaction: string | undefined;
}

/** Of `stompbox:connect`: one attempt on one server, the first or after a loss. */
export interface ConnectTrace extends TraceOrigin, TraceOutcome {
  /** Counted from 1 since the connection was last whole. */
  readonly attempt: number;
  readonly isReconnect: boolean;
}

/** Of `stompbox:subscribe`: from the call of `subscribe` until the broker confirmed. */
export interface SubscribeTrace extends TraceOrigin, TraceOutcome {
  readonly destination: string;
  readonly subscriptionId: string;
  readonly ack: 'auto' | 'client' | 'client-individual';
}

/** Of `stompbox:request`: from the question until its answer; the `send` in it has its own. */
export interface RequestTrace extends TraceOrigin, TraceOutcome {
  readonly destination: string;
  readonly bodyBytes: number | undefined;
  readonly correlationId: string;
}

/** The context of each channel `stompbox:<operation>`. */
export interface TraceContexts {
  send: SendTrace;
  receive: ReceiveTrace;
  settle: SettleTrace;
  connect: ConnectTrace;
  subscribe: SubscribeTrace;
  request: RequestTrace;
}

export type TracedOperation = keyof TraceContexts;

type Channels = { readonly [O in TracedOperation]: TracingChannel<unknown, TraceContexts[O]> };

/** Made at the first question, because a module that acts as it is loaded cannot be shaken off. */
let channels: Channels | 'none' | undefined;

/** True when somebody listens to this operation. */
export function isTraced(operation: TracedOperation): boolean {
  channels ??= openChannels();
  return channels !== 'none' && channels[operation].hasSubscribers;
}

/**
 * Runs an operation between the events of its channel and gives its outcome, unchanged. `run` is
 * called within `start`, so it sees what subscribers have written into the context.
 */
export async function trace<O extends TracedOperation, T>(
  operation: O,
  context: TraceContexts[O],
  run: (context: TraceContexts[O]) => Promise<T>,
): Promise<T> {
  channels ??= openChannels();
  if (channels === 'none') return run(context);
  const channel = channels[operation] as TracingChannel<unknown, TraceContexts[O]>;
  const results: T[] = [];
  await channel.tracePromise(async () => void results.push(await run(context)), context);
  return results[0] as T;
}

/**
 * @param peer as `Connection.peer` has it: "host:port", "ws://host:port/path", "unix:/path"
 * @param system the name of the connection's profile
 */
export function traceOrigin(peer: string, system: string): TraceOrigin {
  const found = /^(?:wss?:\/\/)?\[?([^/]+?)\]?:(\d{1,5})(?:\/.*)?$/.exec(peer);
  const [, host = peer.replace(/^unix:/, ''), port] = found ?? [];
  const serverPort = port === undefined ? undefined : Number(port);
  return { peer, serverAddress: host, serverPort, system };
}

function openChannels(): Channels | 'none' {
  const open = nodeModule('node:diagnostics_channel')?.tracingChannel;
  if (open === undefined) return 'none';
  return {
    send: open('stompbox:send'),
    receive: open('stompbox:receive'),
    settle: open('stompbox:settle'),
    connect: open('stompbox:connect'),
    subscribe: open('stompbox:subscribe'),
    request: open('stompbox:request'),
  };
}
