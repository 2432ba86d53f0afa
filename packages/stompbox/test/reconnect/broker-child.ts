/**
 * A durable broker in a process of its own, to be killed. Prints its port; closes when its standard
 * input ends; ends with code 75 when somebody else has the port.
 *
 *   node broker-child.js DATA_DIRECTORY PORT
 */
import { StompError, startBroker } from 'stompbox';

const PORT_IN_USE = 75;

const [, , data = '', port = '0'] = process.argv;
try {
  const broker = await startBroker({ data, connectors: [{ port: Number(port) }] });
  process.stdout.write(`${broker.connectors[0]?.port}\n`);
  process.stdin.once('end', () => void broker.close());
  process.stdin.resume();
} catch (error) {
  if (!(error instanceof StompError) || error.code !== 'STOMP_START_PORT_IN_USE') throw error;
  process.exitCode = PORT_IN_USE;
}
