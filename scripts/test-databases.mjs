/**
 * Runs the tests named *.postgres.database.test.js and *.redis.database.test.js against real databases:
 * those that POSTGRES_URL and REDIS_URL name, or ones started here. Where one is not installed its tests are
 * skipped with the reason; with CI=true that is a failure, because then nobody would notice.
 */
import { startPostgres } from './peer-postgres.mjs';
import { NotInstalledError } from './peer-process.mjs';
import { startRedis } from './peer-redis.mjs';
import { findTests, runTests } from './test.mjs';

const DATABASES = [
  { suffix: '.postgres.database.test.js', variable: 'POSTGRES_URL', start: startPostgres },
  { suffix: '.redis.database.test.js', variable: 'REDIS_URL', start: startRedis },
];

const TIMEOUT_MS = 300_000;

async function runWith({ suffix, variable, start }) {
  const files = findTests().filter((file) => file.endsWith(suffix));
  if (files.length === 0) {
    console.error(`No compiled test is named *${suffix}: run npm run build`);
    return 1;
  }
  // One after another: they measure each other's time otherwise.
  const run = (url) =>
    runTests(files, { concurrency: 1, timeoutMs: TIMEOUT_MS, env: { [variable]: url } });
  if (process.env[variable]) return run(process.env[variable]);
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
    return await run(peer.url);
  } finally {
    await peer.stop();
  }
}

let code = 0;
for (const database of DATABASES) code = Math.max(code, await runWith(database));
process.exitCode = code;
