/** The two libraries that the same programs run with, and a broker with a WebSocket for each run. */
import { createRequire } from 'node:module';
import { type BrokerOptions, startBroker } from '@stompbox/broker';
import * as adapter from '@stompbox/client/stompjs';

export type StompJs = Pick<
  typeof adapter,
  'Client' | 'Stomp' | 'Versions' | 'ActivationState' | 'ReconnectionTimeMode'
>;

type Socket = adapter.IStompSocket & { terminate(): void };

/** What a program works with. It ends its own clients. */
export interface Stage {
  readonly stompJs: StompJs;
  /** The URL of the broker's WebSocket. */
  readonly url: string;
  /** A socket to the broker, as programs make them. */
  readonly open: () => adapter.IStompSocket;
  /** One over TCP, by @stomp/tcp-wrapper. */
  readonly openTcp: () => adapter.IStompSocket;
  /** Breaks all sockets. */
  readonly cut: () => void;
}

export type Program = (stage: Stage) => Promise<unknown>;

const require = createRequire(import.meta.url);
const original: StompJs = require('@stomp/stompjs');
const { WebSocket } = require('ws') as {
  readonly WebSocket: new (url: string, protocols: string[]) => Socket;
};
const { TCPWrapper } = require('@stomp/tcp-wrapper') as {
  readonly TCPWrapper: new (host: string, port: number) => adapter.IStompSocket;
};

async function run(stompJs: StompJs, program: Program, options: BrokerOptions): Promise<unknown> {
  const connectors = [{ kind: 'ws', port: 0 } as const, { port: 0 }];
  const broker = await startBroker({ memory: true, connectors, ...options });
  const [webSocketUrl, tcpUrl] = broker.connectors.map(({ url }) => url);
  const sockets: Socket[] = [];
  const url = webSocketUrl ?? '';
  const open = () => {
    const socket = new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
    sockets.push(socket);
    return socket;
  };
  const openTcp = () => new TCPWrapper('127.0.0.1', Number(new URL(tcpUrl ?? '').port));
  const cut = () => {
    for (const socket of sockets.splice(0)) socket.terminate();
  };
  try {
    return await program({ stompJs, url, open, openTcp, cut });
  } finally {
    cut();
    await broker.close();
  }
}

/** What the program comes to with stompjs, and with the adapter. */
export async function runBoth(program: Program, options: BrokerOptions = {}) {
  return {
    original: await run(original, program, options),
    adapter: await run(adapter, program, options),
  };
}

/** What the program comes to with the adapter alone, where stompjs fails. */
export function runAdapter(program: Program, options: BrokerOptions = {}): Promise<unknown> {
  return run(adapter, program, options);
}
