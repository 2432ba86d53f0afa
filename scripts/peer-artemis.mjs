/** A real Artemis of our own, on a free port and with a directory that is gone afterwards. */
import { NotInstalledError, startPeer } from './peer-process.mjs';

export { NotInstalledError };

/**
 * @param options.hasPrefixes its acceptor knows /queue/ and /topic/; otherwise it is as `artemis create` makes it
 * @throws NotInstalledError when this machine has none
 */
export function startArtemis({ hasPrefixes = false } = {}) {
  return startPeer({
    name: 'Artemis',
    script: 'peer-artemis.sh',
    install: 'scripts/peer-artemis.sh --install',
    argumentsFor: async (folder, port) => [folder, String(port)],
    env: hasPrefixes ? { PEER_PREFIXES: 'yes' } : {},
  });
}
