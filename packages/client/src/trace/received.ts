/**
 * Traces of what is done with messages: `stompbox:receive` around handlers and turns of loops.
 *
 * While nobody listens a message costs one question, and neither a promise nor a closure.
 */
import type { ReceivedMessage } from '../received-message.js';
import { isTraced, type ReceiveTrace, trace } from './tracing.js';

type Handler = (message: ReceivedMessage) => void | Promise<void>;

/** Handles messages within the stores that are bound to the start of the trace. */
export function tracedHandler(handler: Handler, subscriptionId: string): Handler {
  return (message) =>
    isTraced('receive') ? handleTraced(handler, message, subscriptionId) : handler(message);
}

function handleTraced(
  handler: Handler,
  message: ReceivedMessage,
  subscriptionId: string,
): Promise<void> {
  return trace('receive', contextOf(message, subscriptionId), async () => handler(message));
}

/** Begins a turn of a loop; returns what ends it. A loop does not tell how its turns end. */
export function beginTurn(message: ReceivedMessage, subscriptionId: string): () => void {
  let end = () => {};
  const turn = new Promise<void>((resolve) => {
    end = resolve;
  });
  void trace('receive', contextOf(message, subscriptionId), () => turn);
  return end;
}

function contextOf(message: ReceivedMessage, subscriptionId: string): ReceiveTrace {
  const { destination, messageId, isRedelivered, headers } = message;
  return {
    ...message.session.origin,
    destination,
    messageId,
    subscriptionId,
    bodyBytes: message.isStreamed ? undefined : message.body.length,
    isRedelivered,
    headers,
  };
}
