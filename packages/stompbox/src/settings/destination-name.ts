/**
 * The destination of a setting or an option that says its kind: `queue: 'orders'` is
 * `/queue/orders`. A form that only some brokers know (`/exchange/…`, `/amq/queue/…`) passes
 * unchanged; a topic where a queue is asked for is refused.
 */
import { OptionsError } from '@stompbox/protocol';

const KNOWN_FORM = /^\/(temp-queue|temp-topic|queue|topic)(?:\/(.*))?$/;

export function queueDestination(text: string, origin: string): string {
  return destinationOf('queue', text, origin);
}

export function topicDestination(text: string, origin: string): string {
  return destinationOf('topic', text, origin);
}

function destinationOf(kind: 'queue' | 'topic', text: string, origin: string): string {
  const trimmed = text.trim();
  const known = KNOWN_FORM.exec(trimmed);
  if (known === null) return trimmed.startsWith('/') ? trimmed : `/${kind}/${trimmed}`;
  const [, prefix = '', name = ''] = known;
  if (name !== '' && prefix.endsWith(kind)) return trimmed;
  const wrong = name === '' ? 'has no name' : `is a ${kind === 'queue' ? 'topic' : 'queue'}`;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The ${kind} ${JSON.stringify(trimmed)} (${origin}) ${wrong}: write for example /${kind}/orders`,
  );
}
