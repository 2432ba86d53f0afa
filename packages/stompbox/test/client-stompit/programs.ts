/** Steps that programs for stompit are made of, as promises, so that a test can wait for them. */
import type {
  Channel,
  ChannelFactory,
  Client,
  ConnectOptions,
  IncomingMessage,
  StompitError,
} from '@stompbox/client/stompit';
import type { Stompit } from './libraries.js';

export function connected(stompit: Stompit, options: ConnectOptions): Promise<Client> {
  return new Promise((resolve, reject) => {
    stompit.connect(options, (error, client) => (error ? reject(error) : resolve(client)));
  });
}

export function disconnected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.disconnect((error) => (error ? reject(error) : resolve()));
  });
}

/** Sends, and waits until the broker has confirmed. */
export function sent(client: Client, destination: string, body: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    client.send({ destination }, { onReceipt: resolve }).end(body);
  });
}

export function bodyOf(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    message.readString('utf8', (error, text) => (error ? reject(error) : resolve(text ?? '')));
  });
}

/** Takes this many messages, acknowledging each, and gives their bodies. */
export function received(client: Client, destination: string, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const bodies: string[] = [];
    const headers = { destination, ack: 'client-individual' };
    const subscription = client.subscribe(headers, (error, message) => {
      if (error) {
        reject(error);
        return;
      }
      message.readString('utf8', (_error, body = '') => {
        bodies.push(body);
        client.ack(message);
        if (bodies.length < count) return;
        subscription.unsubscribe();
        resolve(bodies);
      });
    });
  });
}

export function channelOf(factory: ChannelFactory): Promise<Channel> {
  return new Promise((resolve, reject) => {
    factory.channel((error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** What a program may ask of an error. */
export function kindOf(error: StompitError): string {
  if (error.isTransportError()) return 'transport';
  return error.isProtocolError() ? 'protocol' : 'application';
}
