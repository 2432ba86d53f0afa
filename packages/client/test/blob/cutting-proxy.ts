/** A TCP proxy that cuts connections after so many bytes, to see how both ends go on. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface CuttingProxy {
  readonly port: number;
  /** The next connections are cut when this many bytes have passed in a direction. */
  cutAfter: number;
  /** How many connections are still to be cut. */
  cutsLeft: number;
  /** Connections that were made. */
  connections: number;
}

export async function startCuttingProxy(
  test: TestContext,
  targetPort: number,
  plan: { readonly cutAfter: number; readonly cuts: number },
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    proxy.connections += 1;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      let passed = 0;
      sockets.add(from);
      from.on('error', cut);
      from.on('close', cut);
      from.on('drain', () => to.resume());
      from.on('data', (chunk) => {
        passed += chunk.length;
        if (proxy.cutsLeft > 0 && passed >= proxy.cutAfter) {
          proxy.cutsLeft -= 1;
          cut();
        } else if (!to.write(chunk)) from.pause();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: CuttingProxy = {
    port: (server.address() as AddressInfo).port,
    cutAfter: plan.cutAfter,
    cutsLeft: plan.cuts,
    connections: 0,
  };
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}
