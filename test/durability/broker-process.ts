/**
 * A broker in a process of its own, to be traced or killed: prints its port, and closes when its
 * standard input ends.
 *
 *   node broker-process.js DATA_DIRECTORY
 */
import { startBroker } from '@stompbox/broker';

const broker = await startBroker({
  data: process.argv[2] ?? '',
  connectors: [{ host: '127.0.0.1', port: 0 }],
});
process.stdout.write(`${broker.connectors[0]?.port}\n`);
process.stdin.once('end', () => void broker.close());
process.stdin.resume();
