/**
 * Runs the tests named *.activemq.test.js against a real ActiveMQ: the one that MQ_URL names, or one
 * started here. Where none is installed the tests are skipped with the reason; with CI=true that is
 * a failure, because then nobody would notice.
 */
import { NotInstalledError, startActiveMq } from './peer-activemq.mjs';
import { findTests, runTests } from './test.mjs';

const files = findTests().filter((file) => file.endsWith('.activemq.test.js'));

async function main() {
  if (files.length === 0) {
    console.error('No compiled test is named *.activemq.test.js: run npm run build');
    return 1;
  }
  if (process.env.MQ_URL) return runTests(files);
  try {
    const peer = await startActiveMq();
    try {
      return await runTests(files, { env: { MQ_URL: peer.url } });
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

process.exitCode = await main();
