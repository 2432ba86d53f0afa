/** A real RabbitMQ of our own, on free ports and with a directory that is gone afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort, NotInstalledError, startPeer } from './peer-process.mjs';

export { NotInstalledError };

/**
 * Starts it together with the name server of Erlang that it needs, which outlives its restarts.
 *
 * @throws NotInstalledError when this machine has none
 */
export async function startRabbitMq() {
  const epmdPort = String(await freePort());
  const epmd = spawn('epmd', ['-port', epmdPort], {
    env: { ...process.env, ERL_EPMD_ADDRESS: '127.0.0.1' },
    stdio: 'ignore',
  });
  // Without Erlang there is no epmd; the script says so.
  const epmdEnded = once(epmd, 'exit').catch(() => undefined);
  const stopEpmd = async () => {
    epmd.kill();
    await epmdEnded;
  };
  try {
    const peer = await startPeer({
      name: 'RabbitMQ',
      script: 'peer-rabbitmq.sh',
      install: 'scripts/peer-rabbitmq.sh --install',
      argumentsFor: async (folder, port) => [
        folder,
        String(port),
        epmdPort,
        String(await freePort()),
      ],
    });
    const stop = async () => {
      await peer.stop();
      await stopEpmd();
    };
    return { ...peer, stop };
  } catch (error) {
    await stopEpmd();
    throw error;
  }
}
