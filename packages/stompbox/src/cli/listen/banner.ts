/** What a worker says when it starts: the broker, and what it will do with whose messages. */
import { nameOf } from '../../listener/subscription-plan.js';
import type { Settings } from '../../settings/settings.js';
import { type DescribedListener, deadLetterNameOf } from '../explain/describe-listener.js';
import { spokenMs } from '../explain/spoken.js';

/** One line for the broker, and one for each listener. */
export function bannerOf(settings: Settings, listeners: readonly DescribedListener[]): string[] {
  const login = settings.user === undefined ? '' : ` as ${settings.user}`;
  return [`broker ${settings.url}${login}`, ...listeners.map(lineOf)];
}

function lineOf(listener: DescribedListener): string {
  const { name, destinations, options } = listener;
  const { concurrency, retry } = options;
  const { min, max } = concurrency;
  const deadLetters = destinations.map((one) => deadLetterNameOf(listener, nameOf(one)));
  const facts = [
    `concurrency ${min === max ? max : `${min}-${max}`}`,
    retriesOf(retry.immediateMs, retry.delayedMs),
    `dead letters to ${[...new Set(deadLetters)].join(' and ')}`,
  ];
  return `listener ${name}: ${destinations.join(' and ')}, ${facts.join(', ')}`;
}

function retriesOf(immediateMs: readonly number[], delayedMs: readonly number[]): string {
  if (immediateMs.length + delayedMs.length === 0) return 'no retries';
  const later = delayedMs.map(spokenMs).join(', ');
  return [
    ...(immediateMs.length === 0 ? [] : [`${immediateMs.length} retries at once`]),
    ...(delayedMs.length === 0 ? [] : [`${delayedMs.length} later (${later})`]),
  ].join(' and ');
}
