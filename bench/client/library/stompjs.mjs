/** @stomp/stompjs over TCP with its own wrapper: publish and watchForReceipt. */
import { Client } from '@stomp/stompjs';
import { TCPWrapper } from '@stomp/tcp-wrapper';

export async function open(port) {
  const client = new Client({ webSocketFactory: () => new TCPWrapper('127.0.0.1', port) });
  await new Promise((resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.onWebSocketError = (event) => reject(event.message);
    client.activate();
  });
  let lastReceipt = 0;
  const nextReceipt = (onReceipt) => {
    const receipt = `r${++lastReceipt}`;
    client.watchForReceipt(receipt, onReceipt);
    return { receipt };
  };
  const bodyOf = (body) => (typeof body === 'string' ? { body } : { binaryBody: body });
  return {
    receive({ destination, ack, isText, onBody }) {
      return new Promise((resolve) => {
        const handle = (message) => {
          const isLast = onBody(isText ? message.body : message.binaryBody);
          if (ack === 'auto') return;
          if (isLast) message.ack(nextReceipt(resolve));
          else message.ack();
        };
        client.subscribe(destination, handle, { ack });
        if (ack === 'auto') resolve();
      });
    },
    // It has no way to tell when the socket is full: what is published is written at once.
    send(destination, body) {
      client.publish({ destination, ...bodyOf(body) });
    },
    sendConfirmed(destination, body, onReceipt) {
      client.publish({ destination, ...bodyOf(body), headers: nextReceipt(onReceipt) });
    },
    close: () => client.deactivate(),
  };
}
