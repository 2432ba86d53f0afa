/**
 * Runs test files against a real broker: the one that MQ_URL names, or one started here, which the tests
 * may stop and start. Where none is installed the tests are skipped with the reason; with CI=true
 * that is a failure, because then nobody would notice.
 */
import { createServer } from 'node:http';
import { NotInstalledError } from './peer-process.mjs';
import { runTests } from './test.mjs';

/** Resolves with the exit code. */
export async function runPeerTests(start, files, { env = {}, ...options } = {}) {
  // One after another: they share the broker, which some of them restart.
  const run = (more) => runTests(files, { concurrency: 1, ...options, env: { ...env, ...more } });
  if (process.env.MQ_URL) return run({});
  let peer;
  try {
    peer = await start();
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    const isFailure = process.env.CI === 'true';
    console.log(`${isFailure ? 'Failed' : 'Skipped'} ${files.length} files: ${error.message}`);
    return isFailure ? 1 : 0;
  }
  try {
    return await withControl(peer, (url) =>
      run({ MQ_URL: peer.url, MQ_RESTART_URL: `${url}/restart`, MQ_CONTROL_URL: url }),
    );
  } finally {
    await peer.stop();
  }
}

const ACTIONS = {
  '/restart': (peer) => peer.restart(),
  '/crash': (peer) => peer.restart('SIGKILL'),
  '/down': (peer) => peer.down(),
  '/kill': (peer) => peer.down('SIGKILL'),
  '/up': (peer) => peer.up(),
};

/** A POST to one of the actions below the URL that the work gets is answered when it is done. */
async function withControl(peer, work) {
  const server = createServer((request, response) => {
    const act = ACTIONS[request.url];
    if (act === undefined) {
      response.writeHead(404).end(`Only ${Object.keys(ACTIONS).join(', ')}`);
      return;
    }
    act(peer).then(
      () => response.writeHead(204).end(),
      (error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
  }
}
