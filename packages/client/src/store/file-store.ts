/**
 * What `@stompbox/client/file-store` exports: the offline queue on disk. It has an entry of its own,
 * because it needs Node's file system and browsers must not load it.
 */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkKeys, checkObject, checkText, checkWhole } from '../option-checks.js';
import { FileSendStore } from './file-send-store.js';
import type { SendStore } from './send-store.js';

export type { LoadedSends, SendRecord, SendStore } from './send-store.js';
export { SendStoreError, type SendStoreErrorCode } from './send-store-error.js';

export interface FileSendStoreOptions {
  /**
   * A folder for this queue alone, on a local disk. It is made if it is missing. Its files are readable
   * for this user only. No default.
   */
  readonly path: string;
  /** Bytes of the sends that are kept at most; the files may take twice that. Default 256 MiB. */
  readonly maxBytes?: number;
}

const MIB = 1024 * 1024;
const DEFAULT_MAX_BYTES = 256 * MIB;
const SEGMENT_BYTES = 4 * MIB;
const KNOWN: ReadonlySet<string> = new Set(['path', 'maxBytes']);

/**
 * A store for `connect({ offline: { store } })` that survives the process: what could not be sent is
 * sent at the next start, with its `dedup-id`. One process and one connection at a time.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function fileSendStore(options: FileSendStoreOptions): SendStore {
  checkKeys('fileSendStore', checkObject('options', options), KNOWN);
  const { path, maxBytes = DEFAULT_MAX_BYTES } = options;
  return new FileSendStore({
    folder: resolve(checkText('path', path)),
    maxBytes: checkWhole('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER),
    segmentBytes: SEGMENT_BYTES,
    createFile: (file) => open(file, 'wx', 0o600),
  });
}
