/**
 * A worker in a process of its own, to be killed: handles the messages of a queue as they say, and prints
 * what happens to each, one JSON object a line. SIGTERM drains it.
 *
 *   node worker-child.js URL QUEUE OPTIONS
 *
 * OPTIONS are listener options as JSON.
 */
import { connect } from '@stompbox/client';
import { createMessaging, lineLogger, shutdownSignal } from 'stompbox';
import { planned } from './planned-handler.js';
import { reportOf } from './reports.js';

const [, , url = '', queue = '', options = '{}'] = process.argv;
const messaging = createMessaging(
  { url },
  {
    logger: lineLogger((line) => process.stderr.write(`${line}\n`)),
    connect: (target, given) =>
      connect(target, { ...given, reconnect: { initialDelayMs: 20, maxDelayMs: 200 } }),
  },
);
messaging.onEvent((event) => {
  const report = reportOf(event);
  // A pipe is written to at once, so that what was printed survives a kill.
  if (report !== undefined) process.stdout.write(`${JSON.stringify(report)}\n`);
});
await messaging.consume(planned, { queue, ...JSON.parse(options) });
process.stdout.write('{"type":"started"}\n');
await shutdownSignal();
await messaging.close();
