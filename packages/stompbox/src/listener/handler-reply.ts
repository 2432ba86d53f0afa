/** Answers a message that has a `reply-to`: with what its handler returned, or with its failure. */
import { reply, type SendOptions } from '@stompbox/client';
import { describeFailure } from '../failure/failure-description.js';
import { encodeBody } from '../message/encode-body.js';
import type { Delivery } from './delivery.js';
import type { ListenerRuntime } from './listener-runtime.js';

/**
 * Resolves when the broker has confirmed the reply. A reply that cannot be sent is logged, and the message
 * counts as handled all the same: whoever asked may be gone, and asking is no reason to handle twice.
 */
export async function answer(
  delivery: Delivery,
  result: unknown,
  runtime: ListenerRuntime,
): Promise<void> {
  if (result === undefined || !delivery.message.headers.has('reply-to')) return;
  try {
    const { body, contentType, bodyType } = encodeBody(result);
    const contentLength = bodyType === 'bytes' ? 'always' : 'never';
    await send(delivery, body, { contentType, contentLength }, runtime);
  } catch (error) {
    report(delivery, error, runtime);
  }
}

/** Tells whoever asked that there will be no answer, in the words of the client's `respond`. */
export async function answerFailure(
  delivery: Delivery,
  failure: unknown,
  runtime: ListenerRuntime,
): Promise<void> {
  const { message: text, failureClass, code } = describeFailure(failure);
  const headers = { 'x-reply-error': text || failureClass, 'x-reply-error-code': code };
  try {
    await send(delivery, '', { headers }, runtime);
  } catch (error) {
    report(delivery, error, runtime);
  }
}

async function send(
  { message }: Delivery,
  body: string | Uint8Array,
  options: SendOptions,
  { connection, replyFailures }: ListenerRuntime,
): Promise<void> {
  const replyTo = message.headers.get('reply-to');
  if (replyTo === undefined) return;
  if (replyFailures.isHopeless(replyTo)) {
    throw new Error(`${replyTo} took no answer a moment ago`);
  }
  try {
    await reply(connection, message, body, options);
    replyFailures.succeeded(replyTo);
  } catch (error) {
    replyFailures.failed(replyTo, error);
    throw error;
  }
}

function report(
  { message }: Delivery,
  error: unknown,
  { logger, listener }: ListenerRuntime,
): void {
  const why = error instanceof Error ? error.message : String(error);
  logger.warn(`${listener.name} could not answer message ${message.messageId}: ${why}`);
}
