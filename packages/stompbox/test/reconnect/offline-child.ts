/**
 * Sends to a queue with an offline queue on disk, and prints the name of each message that is stored or
 * confirmed. It ends when it is killed; with `0` lanes it only sends what an earlier process has left.
 *
 *   node offline-child.js URL FOLDER ROUND LANES
 */
import { connect } from '@stompbox/client';
import { fileSendStore } from '@stompbox/client/file-store';

const [, , url = '', path = '', round = '', lanes = ''] = process.argv;
const connection = await connect(url, {
  offline: { store: fileSendStore({ path }), whenFull: 'block' },
  reconnect: { initialDelayMs: 10, maxDelayMs: 100 },
});
process.stdout.write('connected\n');

async function sends(lane: number): Promise<void> {
  for (let number = 1; ; number++) {
    const name = `${round}-${lane}-${number}`;
    await connection.send('/queue/offline', name, { receipt: 'stored', dedupId: name });
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => sends(lane)));
await connection.close();
