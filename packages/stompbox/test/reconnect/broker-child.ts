/**
 * A durable broker in a process of its own, to be killed. Prints its port; closes when its standard
 * input ends.
 *
 *   node broker-child.js DATA_DIRECTORY PORT
 */
import { startBroker } from 'stompbox';

const [, , data = '', port = '0'] = process.argv;
const broker = await startBroker({ data, connectors: [{ port: Number(port) }] });
process.stdout.write(`${broker.connectors[0]?.port}\n`);
process.stdin.once('end', () => void broker.close());
process.stdin.resume();
