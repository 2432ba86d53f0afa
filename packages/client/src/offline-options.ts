/** What becomes of sends while there is no connection, as options. */
import { checkChoice, checkKeys, checkObject, checkWhole, invalidOption } from './option-checks.js';
import type { SendStore } from './store/send-store.js';

export type WhenFull = 'reject' | 'block' | 'drop-oldest';

export interface OfflineOptions {
  /** Most sends that wait. Default 10,000. */
  readonly maxMessages?: number;
  /** Most bytes that they take. Default 64 MiB. */
  readonly maxBytes?: number;
  /**
   * What happens to one send more: it fails with STOMP_NET_QUEUE_FULL (`reject`), it waits for room
   * (`block`), or the oldest one fails with STOMP_NET_DROPPED (`drop-oldest`). Default `reject`.
   */
  readonly whenFull?: WhenFull;
  /**
   * Where sends are kept until the broker has confirmed them, for example `fileSendStore()`. What an
   * earlier process has left there is sent first. Default: none; they are lost with the process.
   */
  readonly store?: SendStore;
}

export interface ResolvedOffline {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly whenFull: WhenFull;
  readonly store: SendStore | undefined;
}

const KEYS: ReadonlySet<string> = new Set(['maxMessages', 'maxBytes', 'whenFull', 'store']);
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

export function resolveOffline(raw: OfflineOptions): ResolvedOffline {
  checkKeys('offline', checkObject('offline', raw), KEYS);
  const { store, whenFull = 'reject' } = raw;
  return {
    maxMessages: checkWhole('offline.maxMessages', raw.maxMessages ?? 10_000, 0, MAX_COUNT),
    maxBytes: checkWhole('offline.maxBytes', raw.maxBytes ?? 64 * 1024 * 1024, 0, MAX_COUNT),
    whenFull: checkChoice('offline.whenFull', whenFull, ['reject', 'block', 'drop-oldest']),
    store: store === undefined ? undefined : checkStore(store),
  };
}

function checkStore(store: SendStore): SendStore {
  checkObject('offline.store', store);
  if (typeof store.append === 'function' && typeof store.load === 'function') return store;
  throw invalidOption('offline.store', 'a store, for example fileSendStore({ path })');
}
