/** @stomp/stompjs over TCP with its own wrapper: publish and watchForReceipt. */
import { connectStompjs } from '../../stompjs-client.mjs';

export async function open(port) {
  const client = await connectStompjs(port);
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
