/**
 * Runs the tests named *.activemq.test.js against a real ActiveMQ: the one that MQ_URL names, or one
 * started here, which the tests may restart. Where none is installed the tests are skipped with the reason; with CI=true that is
 * a failure, because then nobody would notice.
 */
import { createServer } from 'node:http';
import { NotInstalledError, startActiveMq } from './peer-activemq.mjs';
import { findTests, runTests } from './test.mjs';

const files = findTests().filter((file) => file.endsWith('.activemq.test.js'));

async function main() {
  if (files.length === 0) {
    console.error('No compiled test is named *.activemq.test.js: run npm run build');
    return 1;
  }
  // One after another: they share the broker, which some of them restart.
  const concurrency = 1;
  if (process.env.MQ_URL) return runTests(files, { concurrency });
  try {
    const peer = await startActiveMq();
    try {
      return await withRestarts(peer, (restartUrl) =>
        runTests(files, { concurrency, env: { MQ_URL: peer.url, MQ_RESTART_URL: restartUrl } }),
      );
    } finally {
      await peer.stop();
    }
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    const isFailure = process.env.CI === 'true';
    console.log(`${isFailure ? 'Failed' : 'Skipped'} ${files.length} files: ${error.message}`);
    return isFailure ? 1 : 0;
  }
}

/** A POST to the URL that the work gets restarts the broker, and is answered when it is back. */
async function withRestarts(peer, work) {
  const server = createServer((_request, response) => {
    peer.restart().then(
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

process.exitCode = await main();
