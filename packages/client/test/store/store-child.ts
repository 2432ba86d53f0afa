/**
 * Appends to an offline queue until it is killed, and prints the id of each send that is stored; from
 * the removed ones it prints `-id` before it removes them.
 *
 *   node store-child.js FOLDER ROUND
 */
import { fileSendStore } from '@stompbox/client/file-store';

const [, , path = '', round = ''] = process.argv;
const store = fileSendStore({ path });
const { records, damage } = await store.load();
process.stdout.write(`loaded ${records.length} ${damage.map(({ code }) => code).join()}\n`);

async function appends(lane: number): Promise<void> {
  for (let number = 0; ; number++) {
    const id = `${round}-${lane}-${number}`;
    const body = Buffer.alloc(((number * 7919) % 5000) + 1, id);
    await store.append({ id, destination: '/queue/a', headers: [], body });
    process.stdout.write(`${id}\n`);
    if (number % 4 !== 0) continue;
    process.stdout.write(`-${id}\n`);
    store.remove(id);
  }
}

await Promise.all([0, 1, 2, 3].map(appends));
