/** A real ActiveMQ of our own, on free ports and with a directory that is gone afterwards. */
import { freePort, NotInstalledError, startPeer } from './peer-process.mjs';

export { NotInstalledError };

/**
 * @param options.hasUsers beside everybody without a login there is `weak`, who may not write to all
 * @throws NotInstalledError when this machine has none
 */
export function startActiveMq({ hasUsers = false } = {}) {
  return startPeer({
    name: 'ActiveMQ',
    script: 'peer-activemq.sh',
    install: 'apt-get install -y activemq',
    argumentsFor: async (folder, port) => [folder, String(port), String(await freePort())],
    env: hasUsers ? { PEER_USERS: 'yes' } : {},
  });
}
