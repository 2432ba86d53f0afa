/**
 * A broker in a process of its own, which a test may kill. Prints the URL of its WebSocket.
 *
 *   node broker-child.mjs FOLDER PORT ORIGIN
 */
import { startBroker } from '@stompbox/broker';

const [folder, port, origin] = process.argv.slice(2);
const broker = await startBroker({
  data: folder,
  connectors: [{ kind: 'ws', port: Number(port), ws: { origins: [origin] } }],
});
process.stdout.write(`${broker.connectors[0].url}\n`);
