/** @stompbox/client, driven as its guide says. */
import { connect } from '@stompbox/client';

export async function open(port) {
  const connection = await connect(`stomp://127.0.0.1:${port}`, { sendWindow: 1_000_000 });
  return {
    async receive({ destination, ack, isText, onBody }) {
      let settled;
      await connection.subscribe(destination, { ack }, (message) => {
        const isLast = onBody(isText ? message.text() : message.body);
        if (ack === 'auto') return;
        if (isLast) settled(message.ack({ receipt: true }));
        else message.ack();
      });
      if (ack === 'auto') return;
      await new Promise((resolve) => {
        settled = resolve;
      });
    },
    send: (destination, body) => connection.send(destination, body, NO_RECEIPT),
    sendConfirmed(destination, body, onReceipt, onError) {
      connection.send(destination, body).then(onReceipt, onError);
    },
    close: () => connection.close(),
  };
}

const NO_RECEIPT = { receipt: false };
