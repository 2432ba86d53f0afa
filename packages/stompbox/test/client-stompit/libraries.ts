/** The two libraries that the same programs run with, and a broker for each run. */
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type BrokerOptions, startBroker } from '@stompbox/broker';
import * as adapter from '@stompbox/client/stompit';

export type Stompit = Pick<
  typeof adapter,
  'connect' | 'Client' | 'ConnectFailover' | 'Channel' | 'ChannelFactory' | 'ChannelPool'
>;

/** What a program works with. It ends its own clients. */
export interface Stage {
  readonly stompit: Stompit;
  readonly options: adapter.ConnectOptions;
  /** Breaks all connections that go through the stage's address. */
  cut(): void;
}

export type Program = (stage: Stage) => Promise<unknown>;

const original: Stompit = createRequire(import.meta.url)('stompit');

async function run(stompit: Stompit, program: Program, options: BrokerOptions): Promise<unknown> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }], ...options });
  const target = Number(new URL(broker.connectors[0]?.url ?? '').port);
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      // A connection that is cut on purpose may say so; the libraries are what is looked at.
      socket.on('error', () => socket.destroy());
    }
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  try {
    return await program({ stompit, options: { host: '127.0.0.1', port }, cut });
  } finally {
    cut();
    relay.close();
    await broker.close();
  }
}

/** What the program comes to with stompit, and with the adapter. */
export async function runBoth(program: Program, options: BrokerOptions = {}) {
  return {
    original: await run(original, program, options),
    adapter: await run(adapter, program, options),
  };
}
