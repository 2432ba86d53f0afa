/** A message as its handler gets it: the body decoded and checked, and the id of its course. */
import type { Message } from '@stompbox/client';
import { correlationOf } from '../correlation/message-correlation.js';
import { checkBody } from '../destination/check-body.js';
import { UnreadableBodyError } from '../failure/failure-errors.js';
import { isDeadLetter } from '../failure/failure-history.js';
import { decodeBody } from '../message/decode-body.js';
import type { ListenerRuntime } from './listener-runtime.js';

export interface ReadMessage {
  readonly body: unknown;
  readonly correlationId: string;
}

/**
 * A promise only where a schema is asked.
 *
 * @param remark told what had to be guessed about the body
 * @throws UnreadableBodyError, InvalidBodyError, UnrecoverableError
 */
export function readMessage(
  message: Message,
  { destination, correlation }: ListenerRuntime,
  remark: (text: string) => void,
): ReadMessage | Promise<ReadMessage> {
  const decoded = decodeBody(message.headers, message.body);
  if (decoded.remark !== undefined) remark(decoded.remark);
  if (decoded.warning !== undefined) {
    // Whoever listens to dead letters wants those, too.
    if (!isDeadLetter(message)) throw new UnreadableBodyError(decoded.warning);
    remark(decoded.warning);
  }
  const { body } = decoded;
  const correlationId = correlationOf(message, correlation);
  if (destination?.schema === undefined) return { body, correlationId };
  return checkBody(destination, body).then((checked) => ({ body: checked, correlationId }));
}
