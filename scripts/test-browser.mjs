/**
 * Runs the client's tests against the build for browsers, then test/browser in a real Chromium. Where
 * there is none and it cannot be installed, one line says so; with CI=true that is a failure, because
 * then nobody would notice. Needs `npm run build:packages`.
 */
import { findChromium } from './chromium.mjs';
import { findTests, runTests } from './test.mjs';
import { testBrowserCore } from './test-browser-core.mjs';

async function main() {
  const files = findTests().filter((file) => file.includes('dist-test/browser/'));
  if (files.length === 0) {
    console.error('No compiled test stands in test/dist-test/browser: run npm run build');
    return 1;
  }
  if ((await testBrowserCore()) > 0) return 1;
  const { path, missing } = findChromium();
  if (path) return runTests(files, { env: { CHROMIUM: path } });
  const isFailure = process.env.CI === 'true';
  const when = new Date().toISOString();
  console.log(`${when} ${isFailure ? 'failed' : 'skipped'} ${files.length} files: ${missing}`);
  return isFailure ? 1 : 0;
}

process.exitCode = await main();
