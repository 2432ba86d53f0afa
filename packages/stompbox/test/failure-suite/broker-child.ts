/**
 * A durable broker in a process of its own, to be killed. Prints its port; closes when its standard
 * input ends. There is a user `weak` who may use only queues named `open.…`; programs without a login
 * may do everything.
 *
 *   node broker-child.js DATA_DIRECTORY PORT
 */
import { existsSync } from 'node:fs';
import { UsersFile, usersFileIn } from '@stompbox/broker';
import { startBroker } from 'stompbox';

const [, , data = '', port = '0'] = process.argv;
const file = usersFileIn(data);
if (!existsSync(file)) {
  await new UsersFile(file).add({ name: 'weak', passcode: 'weak-weak', roles: ['weak'] });
}
const broker = await startBroker({
  data,
  connectors: [{ port: Number(port) }],
  security: {
    temporaryDestinations: { roles: ['all', 'weak'] },
    anonymous: { roles: ['all'] },
    permissions: [
      { destination: '>', roles: ['all'], may: ['read', 'write', 'create', 'browse', 'delete'] },
      { destination: '/queue/open.>', roles: ['weak'], may: ['read', 'write', 'create'] },
    ],
  },
});
process.stdout.write(`${broker.connectors[0]?.port}\n`);
process.stdin.once('end', () => void broker.close());
process.stdin.resume();
