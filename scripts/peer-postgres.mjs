/** A real PostgreSQL of our own, on a free port and with a directory that is gone afterwards. */
import pg from 'pg';
import { startPeer } from './peer-process.mjs';

const STARTING_UP = '57P03';

/**
 * Starts it and resolves once it takes statements.
 * @throws NotInstalledError when this machine has none
 */
export async function startPostgres() {
  const peer = await startPeer({
    name: 'PostgreSQL',
    script: 'peer-postgres.sh',
    install: 'apt-get install -y postgresql',
    argumentsFor: (folder, port) => [folder, String(port)],
  });
  const url = `postgres://postgres@127.0.0.1:${peer.port}/postgres`;
  while (!(await takesStatements(url)));
  return { url, stop: peer.stop };
}

/** Its port answers a little earlier than it does. */
async function takesStatements(connectionString) {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (error.code !== STARTING_UP) throw error;
    return false;
  }
}
