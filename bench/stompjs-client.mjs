/** @stomp/stompjs over TCP with its own wrapper. */
import { Client } from '@stomp/stompjs';
import { TCPWrapper } from '@stomp/tcp-wrapper';

/** Resolves with a client that is connected. */
export async function connectStompjs(port) {
  const client = new Client({ webSocketFactory: () => new TCPWrapper('127.0.0.1', port) });
  await new Promise((resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.onWebSocketError = (event) => reject(event.message);
    client.activate();
  });
  return client;
}
