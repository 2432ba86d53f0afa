/** Runs the tests named *.rabbitmq.test.js against a real RabbitMQ: see peer-tests.mjs. */
import { startRabbitMq } from './peer-rabbitmq.mjs';
import { runPeerTests } from './peer-tests.mjs';
import { findTests } from './test.mjs';

const files = findTests().filter((file) => file.endsWith('.rabbitmq.test.js'));
if (files.length === 0) {
  console.error('No compiled test is named *.rabbitmq.test.js: run npm run build');
  process.exitCode = 1;
} else {
  process.exitCode = await runPeerTests(startRabbitMq, files);
}
