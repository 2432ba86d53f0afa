/** Options of `subscribe`, and the checks that fill in their defaults. */
import { type Codec, checkCodec } from './codec/codec.js';
import { type HeaderValues, headersOf, type OwnHeaders } from './header-values.js';
import type { Message } from './message.js';
import type { HeaderPair } from './operation.js';
import {
  type AckMode,
  type ResolvedWait,
  WAIT_KEYS,
  type WaitOptions,
  waitOf,
} from './operation-options.js';
import {
  checkChoice,
  checkFlag,
  checkFunction,
  checkKeys,
  checkObject,
  checkText,
  checkWhole,
  invalidOption,
} from './option-checks.js';
import { checkAllowUnsafe, type Danger } from './profile/unsafe.js';

/**
 * Who acknowledges: `manual`, the application by `message.ack()`; `handled`, the client, when the
 * handler has finished or the loop asks for the next message (and by NACK when the handler fails).
 */
export type SettleMode = 'manual' | 'handled';

export interface SubscribeOptions<T = unknown> extends WaitOptions {
  /**
   * Who settles messages: the broker as it writes them (`auto`), or ACKs. Default `auto`, with
   * `settle: 'handled'` it is `client-individual`.
   */
  readonly ack?: AckMode;
  /** Default `manual`. */
  readonly settle?: SettleMode;
  /**
   * How many unsettled messages the broker may have on their way to us, in the words of the broker's
   * profile. With ack mode `auto` the client then acknowledges each message as the application gets
   * it, so that a slow application holds the broker back. Default: the broker's own (ActiveMQ 1,000
   * for queues); with `auto` nothing bounds it.
   */
  readonly prefetch?: number;
  /** How large messages are taken to be, where the broker counts bytes (Artemis). Default 1,024. */
  readonly prefetchMessageBytes?: number;
  /**
   * Most handlers that run at the same time; more messages wait. Default: no limit, but 1 with
   * `settle: 'handled'` and ack mode `client`, where an ACK settles what came before, too.
   */
  readonly concurrency?: number;
  /** JMS selector: only messages whose headers match. */
  readonly selector?: string;
  /** The name of a durable subscription of a topic, kept while we are away. Needs a client id. */
  readonly durable?: string;
  /** Consumers of a higher one get messages first. Default: the broker's own. */
  readonly priority?: number;
  /** True: one consumer gets all messages of the queue, the others wait. Default false. */
  readonly exclusive?: boolean;
  /** True: nothing that this connection sends itself. Default false. */
  readonly noLocal?: boolean;
  /** Dangers that the broker's profile warns of and that are taken on purpose. */
  readonly allowUnsafe?: readonly Danger[];
  /** Reads the bodies: what `message.value()` gives. Default: the codec of each content type. */
  readonly codec?: Codec<T>;
  readonly headers?: HeaderValues;
  /** The subscription's id on the wire. Default: a generated one. */
  readonly id?: string;
  /** Called with what a message handler threw or rejected with, beside the status event. */
  readonly onError?: (error: unknown, message: Message<T>) => void;
}

export interface ResolvedSubscribe extends ResolvedWait {
  readonly ack: AckMode;
  readonly settle: SettleMode;
  readonly prefetch: number | undefined;
  readonly prefetchMessageBytes: number | undefined;
  readonly concurrency: number;
  readonly selector: string | undefined;
  readonly durable: string | undefined;
  readonly priority: number | undefined;
  readonly exclusive: boolean;
  readonly noLocal: boolean;
  readonly allowUnsafe: readonly Danger[];
  readonly codec: Codec<unknown> | undefined;
  readonly headers: HeaderPair[];
  readonly id: string | undefined;
  readonly onError: ((error: unknown, message: Message) => void) | undefined;
}

const SUBSCRIBE_KEYS: ReadonlySet<string> = new Set([
  ...WAIT_KEYS,
  'ack',
  'settle',
  'prefetch',
  'prefetchMessageBytes',
  'concurrency',
  'selector',
  'durable',
  'priority',
  'exclusive',
  'noLocal',
  'allowUnsafe',
  'codec',
  'headers',
  'id',
  'onError',
]);

const ACK_MODES: readonly AckMode[] = ['auto', 'client', 'client-individual'];
const SETTLE_MODES: readonly SettleMode[] = ['manual', 'handled'];

const SUBSCRIBE_HEADERS: OwnHeaders = new Map([
  ['destination', 'the first argument'],
  ['id', 'the option id'],
  ['ack', 'the option ack'],
  ['selector', 'the option selector'],
  ['receipt', 'nothing: it is always there'],
]);

const MAX_INTEGER = 2 ** 31 - 1;

export function resolveSubscribe<T>(
  raw: SubscribeOptions<T>,
  defaultTimeoutMs: number,
): ResolvedSubscribe {
  checkKeys('subscribe', checkObject('options', raw), SUBSCRIBE_KEYS);
  const { selector, durable, id, onError, priority } = raw;
  const settle = checkChoice('settle', raw.settle ?? 'manual', SETTLE_MODES);
  return {
    ...waitOf(raw, defaultTimeoutMs),
    ack: ackModeOf(raw, settle),
    settle,
    ...prefetchOf(raw),
    concurrency: concurrencyOf(raw, settle),
    selector: selector === undefined ? undefined : checkText('selector', selector),
    durable: durable === undefined ? undefined : checkText('durable', durable),
    priority: priority === undefined ? undefined : checkWhole('priority', priority, -128, 127),
    exclusive: checkFlag('exclusive', raw.exclusive ?? false),
    noLocal: checkFlag('noLocal', raw.noLocal ?? false),
    allowUnsafe: checkAllowUnsafe(raw.allowUnsafe ?? []),
    codec: raw.codec === undefined ? undefined : checkCodec(raw.codec),
    headers: headersOf(raw.headers, SUBSCRIBE_HEADERS),
    id: id === undefined ? undefined : checkText('id', id),
    onError:
      onError === undefined
        ? undefined
        : (checkFunction('onError', onError) as ResolvedSubscribe['onError']),
  };
}

function ackModeOf<T>({ ack }: SubscribeOptions<T>, settle: SettleMode): AckMode {
  const mode = checkChoice(
    'ack',
    ack ?? (settle === 'handled' ? 'client-individual' : 'auto'),
    ACK_MODES,
  );
  if (settle === 'handled' && mode === 'auto') {
    throw invalidOption('ack', "'client-individual' or 'client' with settle: 'handled'");
  }
  return mode;
}

function prefetchOf<T>({ prefetch, prefetchMessageBytes: bytes }: SubscribeOptions<T>) {
  return {
    // With 0, ActiveMQ would never deliver anything to a STOMP subscription.
    prefetch: prefetch === undefined ? undefined : checkWhole('prefetch', prefetch, 1, MAX_INTEGER),
    prefetchMessageBytes:
      bytes === undefined ? undefined : checkWhole('prefetchMessageBytes', bytes, 1, MAX_INTEGER),
  };
}

function concurrencyOf<T>({ ack, concurrency }: SubscribeOptions<T>, settle: SettleMode): number {
  if (concurrency === undefined) {
    return settle === 'handled' && ack === 'client' ? 1 : Number.POSITIVE_INFINITY;
  }
  if (concurrency === Number.POSITIVE_INFINITY) return concurrency;
  return checkWhole('concurrency', concurrency, 1, MAX_INTEGER);
}
