/** Answers a request: to its `reply-to`, under its `correlation-id`. */
import { ProtocolError } from '@stompbox/protocol';
import type { Message } from '../message.js';
import { invalidOption } from '../option-checks.js';
import type { SendOptions } from '../send-options.js';
import type { RequestBody, RequestConnection } from './request-options.js';

/**
 * Resolves when the broker has confirmed the reply. A request without `correlation-id` is answered
 * under its `message-id`, as JMS programs do it.
 *
 * @throws ProtocolError `STOMP_PROTO_NO_REPLY_TO` the message asks for no reply
 * @throws what `send` throws
 */
export async function reply(
  connection: Pick<RequestConnection, 'send'>,
  message: Pick<Message, 'headers' | 'messageId'>,
  body: RequestBody,
  options: SendOptions = {},
): Promise<void> {
  const replyTo = message.headers.get('reply-to');
  if (replyTo === undefined) {
    throw new ProtocolError(
      'STOMP_PROTO_NO_REPLY_TO',
      `Message ${message.messageId} has no reply-to, so nobody waits for an answer: do not reply, or ` +
        'let its sender use a requester',
    );
  }
  if (options.headers?.['correlation-id'] !== undefined) {
    throw invalidOption('headers', 'without "correlation-id": it is that of the request');
  }
  const correlationId = message.headers.get('correlation-id') ?? message.messageId;
  await connection.send(replyTo, body, {
    ...options,
    headers: { ...options.headers, 'correlation-id': correlationId },
  });
}
