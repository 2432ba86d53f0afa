/** Looks into a queue: reads what waits there and takes nothing. */
import type { Connection, Message } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { type DestinationLike, destinationText } from '../destination/destination.js';
import { decodeBody } from '../message/decode-body.js';
import { canonical } from './history.js';

/** A message that waits in a queue. */
export interface QueuedMessage {
  /** As a listener would get it: the JSON value, the text or the bytes. */
  readonly body: unknown;
  readonly messageId: string;
  readonly headers: Message['headers'];
}

/**
 * @param open a connection for this alone
 * @throws OptionsError `STOMP_OPT_INVALID` for what is no queue
 */
export async function browse(
  queue: DestinationLike,
  open: () => Promise<Connection>,
): Promise<readonly QueuedMessage[]> {
  const name = canonical(destinationText(queue));
  if (!name.startsWith('/queue/')) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `messages() looks into a queue, such as /queue/orders; ${name} keeps nothing to look at`,
    );
  }
  await using connection = await open();
  const found: QueuedMessage[] = [];
  const subscription = await connection.subscribe(name, { headers: { browser: 'true' } });
  for await (const { headers, body, messageId } of subscription) {
    if (headers.get('browser') === 'end') break;
    found.push({ body: decodeBody(headers, body).body, messageId, headers });
  }
  return found;
}
