/** A client, its sockets and its clock. */
import { Client, type StompConfig } from '@stompbox/client/stompjs';
import { FakeClock, settle } from '../support/fake-clock.js';
import { FakeSocket } from './fake-socket.js';

export class Stage {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly client: Client;
  /** What the client told by its callbacks, in order. */
  readonly told: string[] = [];

  constructor(config: StompConfig = {}) {
    const conf: StompConfig = {
      webSocketFactory: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      heartbeatIncoming: 0,
      heartbeatOutgoing: 0,
      onConnect: () => this.told.push('connected'),
      onWebSocketClose: ({ code }) => this.told.push(`closed ${code}`),
      ...config,
    };
    this.client = new Client(conf, this.clock);
  }

  /** The newest one. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('No socket was made');
    return socket;
  }

  async connect(connected = 'version:1.2\n'): Promise<FakeSocket> {
    this.client.activate();
    await settle();
    return this.accept(connected);
  }

  /** Opens the socket that waits for it. */
  async accept(connected = 'version:1.2\n'): Promise<FakeSocket> {
    this.socket.connected = connected;
    await this.socket.open();
    return this.socket;
  }
}

/** A client that is connected, and its socket. */
export async function connectedStage(config: StompConfig = {}, connected?: string) {
  const stage = new Stage(config);
  const socket = await stage.connect(connected);
  const { client, clock, told } = stage;
  return { stage, socket, client, clock, told };
}
