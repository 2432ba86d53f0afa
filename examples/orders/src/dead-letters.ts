/**
 * Dead letters of a queue: looked at without taking them, and sent back by their fingerprint, which is the
 * same for messages that failed in the same way at the same place.
 *
 * A letter is sent and confirmed before it is taken out of its queue: a crash in between leaves it twice,
 * never lost. Do not send back from two places at once: the second would wait for letters that are gone.
 *
 * It browses, which brokers do by the header `browser`: ActiveMQ Classic and stompbox, but not RabbitMQ.
 */
import { type Connection, FAILURE_HEADERS, type Message } from 'stompbox';

export interface DeadLetter {
  readonly fingerprint: string;
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: string;
  readonly body: string;
}

/** What belongs to the message, not to its delivery nor to the story of its failures. */
const KEPT_HEADERS = [
  'correlation-id',
  'reply-to',
  'type',
  'priority',
  'JMSXGroupID',
  'traceparent',
];

export async function deadLetters(
  connection: Connection,
  queue: string,
): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const options = { headers: { browser: 'true' } };
  await using subscription = await connection.subscribe(`/queue/DLQ.${queue}`, options);
  for await (const message of subscription) {
    if (message.headers.get('browser') === 'end') break;
    letters.push(deadLetterOf(message));
  }
  return letters;
}

/** @returns how many were sent back to the queue in which they failed */
export async function sendBack(
  connection: Connection,
  queue: string,
  fingerprint: string,
): Promise<number> {
  const letters = await deadLetters(connection, queue);
  const count = letters.filter((letter) => letter.fingerprint === fingerprint).length;
  if (count === 0) return 0;
  const options = { ack: 'client-individual', prefetch: letters.length } as const;
  await using subscription = await connection.subscribe(`/queue/DLQ.${queue}`, options);
  let sentCount = 0;
  // Those of other fingerprints are not acknowledged: they stay when the subscription ends.
  for await (const message of subscription) {
    if (deadLetterOf(message).fingerprint !== fingerprint) continue;
    await connection.send(`/queue/${queue}`, message.body, sendOptions(message));
    await message.ack({ receipt: true });
    sentCount += 1;
    if (sentCount === count) break;
  }
  return sentCount;
}

function deadLetterOf(message: Message): DeadLetter {
  const { headers } = message;
  return {
    fingerprint: headers.get(FAILURE_HEADERS.failureFingerprint) ?? 'unknown',
    reason: headers.get(FAILURE_HEADERS.failureMessage) ?? 'unknown',
    attempts: Number(headers.get(FAILURE_HEADERS.attempt) ?? 0),
    failedAt: headers.get(FAILURE_HEADERS.lastFailureAt) ?? 'unknown',
    body: message.text(),
  };
}

function sendOptions({ headers, bodyType }: Message) {
  const contentType = headers.get('content-type');
  return {
    headers: Object.fromEntries(KEPT_HEADERS.map((name) => [name, headers.get(name)])),
    persistent: true,
    contentLength: bodyType === 'bytes' ? 'always' : 'never',
    ...(contentType === undefined ? {} : { contentType }),
  } as const;
}
