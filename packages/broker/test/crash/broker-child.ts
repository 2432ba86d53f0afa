/**
 * A broker in a process of its own, to be killed, traced or measured. Prints its port, closes when its
 * standard input ends, and ends with code 70 when its store has failed.
 *
 *   node broker-child.js DATA_DIRECTORY
 */
import { startBroker } from '@stompbox/broker';

const broker = await startBroker({ data: process.argv[2] ?? '', connectors: [{ port: 0 }] });
process.stdout.write(`${broker.connectors[0]?.port}\n`);
process.stdin.once('end', () => void broker.close());
process.stdin.resume();
const error = await broker.closed;
// Not 1: that is what an error that nobody caught would leave.
process.exit(error ? 70 : 0);
