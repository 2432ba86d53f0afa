/** A real Redis of our own, on a free port and with a directory that is gone afterwards. */
import { startPeer } from './peer-process.mjs';

/**
 * Starts it and resolves once it answers.
 * @throws NotInstalledError when this machine has none
 */
export async function startRedis() {
  const peer = await startPeer({
    name: 'Redis',
    script: 'peer-redis.sh',
    install: 'apt-get install -y redis-server',
    argumentsFor: (folder, port) => [folder, String(port)],
  });
  return { url: `redis://127.0.0.1:${peer.port}`, stop: peer.stop };
}
