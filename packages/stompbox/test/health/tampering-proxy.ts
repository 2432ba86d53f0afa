/** A TCP proxy on the loopback whose bytes a `FrameTamper` sees. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { FrameTamper, noRules, type TamperRules } from './frame-tamper.js';

export interface TamperingProxy {
  readonly url: string;
  readonly rules: TamperRules;
  /** No byte passes on the connections of now; nothing is closed, and new ones work. */
  freeze(): void;
  /** The connections of now break. */
  cut(): void;
}

export async function startTamperingProxy(
  test: Pick<TestContext, 'after'>,
  target: string,
): Promise<TamperingProxy> {
  const { hostname, port } = new URL(target);
  const rules = noRules();
  const sockets = new Set<Socket>();
  const tampers: FrameTamper[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const tamper = new FrameTamper(
      rules,
      (bytes) => upstream.write(bytes),
      (bytes) => client.write(bytes),
    );
    tampers.push(tamper);
    client.on('data', (bytes) => tamper.takeFromClient(bytes));
    upstream.on('data', (bytes) => tamper.takeFromBroker(bytes));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        // A router that has forgotten a connection tells neither end of the other's.
        if (!tamper.isFrozen) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  test.after(() => {
    cut();
    server.close();
  });
  return {
    url: `stomp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rules,
    freeze() {
      for (const tamper of tampers) tamper.isFrozen = true;
    },
    cut,
  };
}
