/** Runs the tests named *.activemq.test.js against a real ActiveMQ: see peer-tests.mjs. */
import { startActiveMq } from './peer-activemq.mjs';
import { runPeerTests } from './peer-tests.mjs';
import { findTests } from './test.mjs';

const files = findTests().filter((file) => file.endsWith('.activemq.test.js'));
if (files.length === 0) {
  console.error('No compiled test is named *.activemq.test.js: run npm run build');
  process.exitCode = 1;
} else {
  process.exitCode = await runPeerTests(startActiveMq, files);
}
