/**
 * What holds for every listener that does not say otherwise itself. What may be said is checked by the
 * rules of listeners; here are the names and the defaults.
 */
import { OptionsError } from '@stompbox/protocol';
import { type ListenerOptions, resolveListenerOptions } from '../../listener/listener-options.js';
import {
  aWhole,
  readNumber,
  readNumbers,
  readSwitch,
  readTexts,
  type SettingKind,
} from '../setting-kind.js';
import { row } from '../setting-row.js';

/** Without what can only be said of one listener: its name, subscription, selector and form. */
export type ListenerSettings = Omit<
  ListenerOptions,
  'name' | 'selector' | 'durable' | 'group' | 'batch'
>;

export const listenerRows = [
  row(
    'listener.concurrency',
    option('concurrency', readNumber),
    'Messages handled at the same time: `4`, or `5-10` as in JMS',
    {
      initial: 1,
    },
  ),
  row(
    'listener.prefetch',
    option('prefetch', readNumber),
    'Messages that the broker may send ahead',
    {
      initially: 'as many as are handled at most',
    },
  ),
  row(
    'listener.ack',
    option('ack'),
    'When a message is acknowledged: `onSuccess`, `first` or `manual`',
    { initial: 'onSuccess' },
  ),
  row(
    'listener.timeoutMs',
    option('timeoutMs', readNumber),
    'Time of a handler; then its signal aborts and the attempt has failed',
  ),
  row(
    'listener.slowAfterMs',
    option('slowAfterMs', readNumber),
    'A handler that takes longer is logged',
    {
      initial: 30_000,
    },
  ),
  row(
    'listener.deadLetter',
    option('deadLetter'),
    'Dead letter queue; `{queue}` and `{listener}` stand for the names',
    {
      initial: 'DLQ.{queue}',
    },
  ),
  row('listener.rateLimit.max', aWhole(1), 'Most messages that begin within `perMs`'),
  row('listener.rateLimit.perMs', aWhole(1), 'What `max` is counted by', { initial: 1_000 }),
  row('listener.retry', option('retry', readSwitch), '`false`: no retries', {
    isSection: true,
    initially: 'as below',
  }),
  row(
    'listener.retry.immediateMs',
    option('retry.immediateMs', readNumbers),
    'Waits before the retries at once',
    { initial: [0, 200] },
  ),
  row(
    'listener.retry.delayedMs',
    option('retry.delayedMs', readNumbers),
    'Waits before the retries after those',
    { initial: [10_000, 60_000, 300_000] },
  ),
  row(
    'listener.retry.jitter',
    option('retry.jitter', readNumber),
    'Part by which a delayed wait may be longer or shorter',
    {
      initial: 0.2,
    },
  ),
  row(
    'listener.retry.delayBy',
    option('retry.delayBy'),
    'Where a message waits for its retry: `auto`, `schedule` or `hold`',
    {
      initial: 'auto',
    },
  ),
  row(
    'listener.retry.unrecoverable',
    option('retry.unrecoverable', readTexts),
    'Names or codes of errors that no retry can mend; in code also classes',
    { initial: [] },
  ),
  row('listener.retry.retryIf', option('retry.retryIf'), 'Says no to a retry after an error', {
    isCode: true,
  }),
  row(
    'listener.retry.stack',
    option('retry.stack', readSwitch),
    'Whether a dead letter says where in the code it failed',
    {
      initial: true,
    },
  ),
  row('listener.circuit', option('circuit', readSwitch), '`false`: a listener never pauses', {
    isSection: true,
    initially: 'as below',
  }),
  row(
    'listener.circuit.consecutiveFailures',
    option('circuit.consecutiveFailures', readNumber),
    'Opens after so many failures in a row',
    { initial: 20 },
  ),
  row(
    'listener.circuit.failureRate',
    option('circuit.failureRate', readNumber),
    'Opens when this part of `windowMs` has failed',
    { initial: 0.5 },
  ),
  row('listener.circuit.windowMs', option('circuit.windowMs', readNumber), 'Window of the rate', {
    initial: 60_000,
  }),
  row(
    'listener.circuit.minAttempts',
    option('circuit.minAttempts', readNumber),
    'The rate counts from so many attempts',
    { initial: 20 },
  ),
  row(
    'listener.circuit.probeEveryMs',
    option('circuit.probeEveryMs', readNumber),
    'How often one message is tried while it is open',
    { initial: 10_000 },
  ),
  row('listener.idempotency', option('idempotency'), 'Store of the messages that were handled', {
    isCode: true,
  }),
] as const;

/** Checked as the option of a listener that it is the default of. */
function option(path: string, read: SettingKind['read'] = (text) => text): SettingKind {
  const [name = '', inner] = path.split('.');
  return {
    problem(value) {
      try {
        resolveListenerOptions({ [name]: inner === undefined ? value : { [inner]: value } });
        return undefined;
      } catch (error) {
        if (!(error instanceof OptionsError)) throw error;
        return error.message.slice(error.message.indexOf(' must be ') + 1);
      }
    },
    read,
  };
}
