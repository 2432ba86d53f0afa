/**
 * The offline queue on disk, as the outbox uses it.
 *
 *   closed ──load()──▶ opening ──▶ open ──close()──▶ closing ──▶ closed
 *                         └── failed ──────────────────────────────┘
 *
 * It owns the folder between `load` and `close` and wires lock and log; how sends are written and read
 * back is theirs.
 */

import { StompError } from '@stompbox/protocol';
import { makeFolder } from './folder.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { SendLog, type SendLogOptions } from './send-log.js';
import type { LoadedSends, SendRecord, SendStore } from './send-store.js';
import { reasonOf, SendStoreError } from './send-store-error.js';

type StoreState = 'closed' | 'opening' | 'open' | 'closing';

const NEXT_STATES: Readonly<Record<StoreState, readonly StoreState[]>> = {
  closed: ['opening'],
  opening: ['open', 'closed'],
  open: ['closing'],
  closing: ['closed'],
};

export class FileSendStore implements SendStore {
  readonly #options: SendLogOptions;
  #state: StoreState = 'closed';
  #lock: FolderLock | undefined;
  #log: SendLog | undefined;

  constructor(options: SendLogOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#log?.count ?? 0;
  }

  get bytes(): number {
    return this.#log?.bytes ?? 0;
  }

  async load(): Promise<LoadedSends> {
    const { folder } = this.#options;
    if (this.#state !== 'closed') {
      throw SendStoreError.of('STOMP_OFFLINE_IN_USE', [folder, `${process.pid} (this one)`]);
    }
    this.#transition('opening');
    try {
      await makeFolder(folder);
      this.#lock = await this.#takeLock();
      const { log, loaded } = await SendLog.open(this.#options);
      this.#log = log;
      this.#transition('open');
      return loaded;
    } catch (error) {
      await this.#release();
      if (error instanceof SendStoreError) throw error;
      throw SendStoreError.of('STOMP_OFFLINE_UNWRITABLE', [folder, reasonOf(error)], error);
    }
  }

  async append(record: SendRecord): Promise<void> {
    const { folder } = this.#options;
    if (this.#state !== 'open' || this.#log === undefined) {
      throw SendStoreError.of('STOMP_OFFLINE_CLOSED', [folder, this.#state]);
    }
    try {
      await this.#log.append(record);
    } catch (error) {
      if (error instanceof StompError) throw error;
      throw SendStoreError.of('STOMP_OFFLINE_WRITE_FAILED', [folder, reasonOf(error)], error);
    }
  }

  remove(id: string): void {
    // A receipt may come while the connection closes; without the removal the send comes again.
    if (this.#state === 'open') this.#log?.remove(id);
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#transition('closing');
    try {
      await this.#log?.close();
    } finally {
      await this.#release();
    }
  }

  async #takeLock(): Promise<FolderLock> {
    const { folder } = this.#options;
    const found = await lockFolder(folder);
    if (!('pid' in found)) return found;
    const isOwn = found.pid === String(process.pid);
    const owner = isOwn ? `${found.pid} (this one)` : found.pid;
    throw SendStoreError.of('STOMP_OFFLINE_IN_USE', [folder, owner]);
  }

  async #release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    this.#log = undefined;
    await lock?.release();
    this.#transition('closed');
  }

  #transition(to: StoreState): void {
    const from = this.#state;
    if (!NEXT_STATES[from].includes(to)) throw new Error(`SendStore: ${from} cannot become ${to}`);
    this.#state = to;
  }
}
