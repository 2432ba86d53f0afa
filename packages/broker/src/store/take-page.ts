/** One page of what a reader finds; nothing is read that is not in it. */
import type { ReadLimit, StoredRecord } from './store.js';

export function takePage(records: Iterable<StoredRecord>, limit: ReadLimit): StoredRecord[] {
  const page: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    page.push(record);
    bytes += record.record.length;
    if (page.length >= limit.records || bytes >= limit.bytes) break;
  }
  return page;
}
