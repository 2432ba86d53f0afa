/**
 * Reads ActiveMQ's `failover:(uri,uri)?option=value&…`, so that a connection string of a Java
 * program can be used as it is.
 *
 *   initialReconnectDelay, maxReconnectDelay, backOffMultiplier (or reconnectDelayExponent),
 *   useExponentialBackOff, maxReconnectAttempts (-1 = no limit, 0 = do not reconnect),
 *   startupMaxReconnectAttempts (-1 or 0 = no limit), randomize (default true, as there),
 *   reconnectSupported (false = do not reconnect),
 *   timeout (ms that an operation may wait; -1 = the default of the client),
 *   priorityBackup and priorityURIs (which servers every round begins with; default the first one)
 *
 * stompit's maxReconnects means maxReconnectAttempts. Options that only matter inside the Java client
 * are accepted without effect, also as `nested.` ones and behind the URL of a server; options whose
 * absence would change what a program relies on are refused.
 */
import { OptionsError } from '@stompbox/protocol';
import { isJavaSocketOption } from './java-options.js';
import { invalidUrl, redactedList } from './server-url.js';

/** What a failover URL says beside its servers. Absent = not said. */
export interface FailoverOptions {
  readonly initialDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly multiplier?: number;
  /** 0 = do not reconnect. */
  readonly maxAttempts?: number;
  readonly startupMaxAttempts?: number;
  readonly receiptTimeoutMs?: number;
  readonly randomize: boolean;
}

/** Which servers come first in every round, however the others are shuffled. */
export type Priority = 'none' | 'first' | readonly string[];

export interface FailoverUrl {
  readonly servers: readonly string[];
  readonly options: FailoverOptions;
  readonly priority: Priority;
}

const PREFIX = /^failover:(?:\/\/)?/i;

/** No effect in a STOMP client: caches and discovery of the Java transport. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'backup',
  'backupPoolSize',
  'maxCacheSize',
  'rebalanceUpdateURIs',
  'trackMessages',
  'trackTransactionProducers',
  'updateURIsSupported',
  'warnAfterReconnectAttempts',
]);

export function isFailoverUrl(text: string): boolean {
  return PREFIX.test(text);
}

/** @throws OptionsError that names the option or says what is wrong with the form. */
export function parseFailoverUrl(text: string): FailoverUrl {
  const rest = text.replace(PREFIX, '');
  const { list, query } = rest.startsWith('(') ? splitParentheses(text, rest) : splitQuery(rest);
  if (query.includes('@')) {
    // Names and values of options are quoted, and these may be the rest of a passcode.
    throw invalidUrl(
      redactedList(text),
      'an "@" follows its "?": write %3F for a question mark in login or passcode',
    );
  }
  return { servers: list.split(','), ...parseOptions(query) };
}

function splitParentheses(text: string, rest: string): { list: string; query: string } {
  const close = rest.lastIndexOf(')');
  const tail = rest.slice(close + 1);
  if (close === -1 || (tail !== '' && !tail.startsWith('?'))) {
    throw invalidUrl(
      redactedList(text),
      'write failover:(stomp://a:61613,stomp://b:61613)?option=value',
    );
  }
  return { list: rest.slice(1, close), query: tail.slice(1) };
}

function splitQuery(rest: string): { list: string; query: string } {
  const mark = rest.indexOf('?');
  return mark === -1
    ? { list: rest, query: '' }
    : { list: rest.slice(0, mark), query: rest.slice(mark + 1) };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function parseOptions(query: string): Omit<FailoverUrl, 'servers'> {
  const options: Mutable<FailoverOptions> = { randomize: true };
  let isExponential = true;
  let hasPriority = false;
  let priorityServers: readonly string[] | undefined;
  for (const [name, value] of new URLSearchParams(query)) {
    switch (name) {
      case 'initialReconnectDelay':
        options.initialDelayMs = wholeOf(name, value, 0);
        break;
      case 'maxReconnectDelay':
        options.maxDelayMs = wholeOf(name, value, 0);
        break;
      case 'backOffMultiplier':
      case 'reconnectDelayExponent':
        options.multiplier = numberOf(name, value);
        break;
      case 'useExponentialBackOff':
        isExponential = flagOf(name, value);
        break;
      case 'maxReconnectAttempts':
      case 'maxReconnects':
        options.maxAttempts = attemptsOf(name, value);
        break;
      case 'startupMaxReconnectAttempts':
        options.startupMaxAttempts = attemptsOf(name, value) || Number.POSITIVE_INFINITY;
        break;
      case 'timeout':
        if (wholeOf(name, value, -1) > 0) options.receiptTimeoutMs = Number(value);
        break;
      case 'randomize':
        options.randomize = flagOf(name, value);
        break;
      case 'reconnectSupported':
        if (!flagOf(name, value)) options.maxAttempts = 0;
        break;
      case 'priorityBackup':
        hasPriority = flagOf(name, value);
        break;
      case 'priorityURIs':
        priorityServers = value.split(',');
        break;
      default:
        refuseUnknown(name, value);
    }
  }
  if (!isExponential) options.multiplier = 1;
  return { options, priority: hasPriority ? (priorityServers ?? 'first') : 'none' };
}

function refuseUnknown(name: string, value: string): void {
  if (WITHOUT_EFFECT.has(name)) return;
  if (name.startsWith('nested.') && isJavaSocketOption(name.slice('nested.'.length), value)) return;
  throw new OptionsError(
    'STOMP_OPT_UNKNOWN',
    `The failover option "${name}" is not supported: remove it from the URL. Known are ` +
      'initialReconnectDelay, maxReconnectDelay, useExponentialBackOff, backOffMultiplier, ' +
      'maxReconnectAttempts, startupMaxReconnectAttempts, randomize, priorityBackup, priorityURIs ' +
      'and timeout',
  );
}

function invalid(name: string, expectation: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `The failover option ${name} must be ${expectation}`,
  );
}

function wholeOf(name: string, value: string, min: number): number {
  if (/^-?\d{1,10}$/.test(value) && Number(value) >= min) return Number(value);
  throw invalid(name, `a whole number of at least ${min}`);
}

function attemptsOf(name: string, value: string): number {
  const attempts = wholeOf(name, value, -1);
  return attempts === -1 ? Number.POSITIVE_INFINITY : attempts;
}

function numberOf(name: string, value: string): number {
  if (/^\d+(\.\d+)?$/.test(value) && Number(value) >= 1) return Number(value);
  throw invalid(name, 'a number of at least 1');
}

function flagOf(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(name, 'true or false');
}
