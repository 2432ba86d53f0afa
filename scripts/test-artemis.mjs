/**
 * Runs the tests named *.artemis.test.js against a real Artemis: see peer-tests.mjs. Twice, because its
 * acceptor may know the prefixes of destinations and does not by default.
 */
import { startArtemis } from './peer-artemis.mjs';
import { runPeerTests } from './peer-tests.mjs';
import { findTests } from './test.mjs';

async function main() {
  const files = findTests().filter((file) => file.endsWith('.artemis.test.js'));
  if (files.length === 0) {
    console.error('No compiled test is named *.artemis.test.js: run npm run build');
    return 1;
  }
  // One that somebody else has set up, in whichever way.
  if (process.env.MQ_URL) return await runPeerTests(startArtemis, files);
  let code = 0;
  for (const hasPrefixes of [false, true]) {
    console.log(`\n== Artemis ${hasPrefixes ? 'with' : 'without'} prefixes`);
    const ended = await runPeerTests(() => startArtemis({ hasPrefixes }), files);
    if (ended !== 0) code = ended;
  }
  return code;
}

process.exitCode = await main();
