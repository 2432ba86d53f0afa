/** Answers a message that has a `reply-to`: with what its handler returned, or with its failure. */
import { reply } from '@stompbox/client';
import { describeFailure } from '../failure/failure-description.js';
import { encodeBody } from '../message/encode-body.js';
import type { Delivery } from './delivery.js';
import type { ListenerRuntime } from './listener-runtime.js';

/**
 * Resolves when the broker has confirmed the reply. A reply that cannot be sent is logged, and the message
 * counts as handled all the same: whoever asked may be gone, and asking is no reason to handle twice.
 */
export async function answer(
  { message }: Delivery,
  result: unknown,
  { connection, logger, listener }: ListenerRuntime,
): Promise<void> {
  if (result === undefined || !message.headers.has('reply-to')) return;
  try {
    const { body, contentType, bodyType } = encodeBody(result);
    const contentLength = bodyType === 'bytes' ? 'always' : 'never';
    await reply(connection, message, body, { contentType, contentLength });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.warn(`${listener.name} could not answer message ${message.messageId}: ${why}`);
  }
}

/** Tells whoever asked that there will be no answer, in the words of the client's `respond`. */
export async function answerFailure(
  { message }: Delivery,
  failure: unknown,
  { connection, logger, listener }: ListenerRuntime,
): Promise<void> {
  if (!message.headers.has('reply-to')) return;
  const { message: text, failureClass, code } = describeFailure(failure);
  try {
    await reply(connection, message, '', {
      headers: { 'x-reply-error': text || failureClass, 'x-reply-error-code': code },
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.warn(`${listener.name} could not answer message ${message.messageId}: ${why}`);
  }
}
