/**
 * A blob store in a process of its own, to be killed or measured; also by tests of the client, which find
 * it by its path. Prints the URL for uploads, and ends in order when its standard input ends.
 *
 *   node blob-child.js DATA_DIRECTORY [PORT]
 */
import { join } from 'node:path';
import { resolveBlobOptions } from '../../dist/blob/blob-options.js';
import { Blobs } from '../../dist/blob/blobs.js';
import { systemClock } from '../../dist/clock.js';
import { onlyThisMachine } from '../../dist/http/http-access.js';
import { createHttpApp } from '../../dist/http/http-app.js';
import { listenHttp } from '../../dist/http/http-connector.js';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { DiskStore } from '../../dist/store/disk-store.js';

const [, , data = '', port = '0'] = process.argv;
const fail = (error: Error) => {
  throw error;
};
const store = await DiskStore.open(data);
const commits = new CommitLoop(store, systemClock, fail);
const blobs = await Blobs.open({
  directory: join(data, 'blobs'),
  store,
  commits,
  clock: systemClock,
  limits: resolveBlobOptions({ minFreeBytes: 0 }),
  onError: fail,
});
const app = createHttpApp({ origins: [], onError: fail });
blobs.addRoutes(app, onlyThisMachine);
const http = await listenHttp({ host: '127.0.0.1', port: Number(port) }, app, fail);
blobs.servedAt(http.url);
process.stdout.write(`${blobs.uploadUrl}\n`);
process.stdin.once('end', async () => {
  await http.stop();
  await blobs.close();
  await commits.flush();
  await store.close();
});
process.stdin.resume();
