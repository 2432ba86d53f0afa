/** Steps that programs for stompjs are made of, as promises, so that a test can wait for them. */
import type { Client, IFrame, IMessage, StompConfig, StompHeaders } from '@stompbox/client/stompjs';
import type { Stage } from './libraries.js';

/** A client that is connected. It does not connect again unless it is told to. */
export function connected({ stompJs, open }: Stage, config: StompConfig = {}): Promise<Client> {
  return new Promise((resolve) => {
    const place = config.brokerURL === undefined ? { webSocketFactory: open } : {};
    const client = new stompJs.Client({ ...place, reconnectDelay: 0, ...config });
    client.onConnect = () => resolve(client);
    client.activate();
  });
}

/** Sends, and waits until the broker has confirmed. */
export function sent(
  client: Client,
  destination: string,
  body: string | Uint8Array,
  headers: StompHeaders = {},
): Promise<IFrame> {
  const receipt = `sent ${destination}`;
  return new Promise((resolve) => {
    client.watchForReceipt(receipt, resolve);
    const content = typeof body === 'string' ? { body } : { binaryBody: body };
    client.publish({ destination, headers: { ...headers, receipt }, ...content });
  });
}

/** The next message, acknowledged. */
export function received(client: Client, destination: string): Promise<IMessage> {
  return new Promise((resolve) => {
    const subscription = client.subscribe(
      destination,
      (message) => {
        message.ack();
        subscription.unsubscribe();
        resolve(message);
      },
      { ack: 'client-individual' },
    );
  });
}
