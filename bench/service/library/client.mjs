/** @stompbox/client by hand. */
import { connect } from '@stompbox/client';
import { handleByHand } from '../by-hand.mjs';

const JSON_MESSAGE = { persistent: true, contentType: 'application/json' };
const CONFIRMED = { receipt: true };

export async function open(port) {
  const connection = await connect(`stomp://127.0.0.1:${port}`);
  return {
    send: (destination, order) => connection.send(destination, JSON.stringify(order), JSON_MESSAGE),
    consume(work, handler) {
      return new Promise((resolve, reject) => {
        const take = handleByHand(work, handler, resolve, reject);
        const { destination, prefetch } = work;
        const onMessage = (message) =>
          take(message.json(), (onReceipt) => {
            if (onReceipt === undefined) message.ack();
            else message.ack(CONFIRMED).then(onReceipt, reject);
          });
        const options = { ack: 'client-individual', prefetch };
        connection.subscribe(destination, options, onMessage).catch(reject);
      });
    },
    close: () => connection.close(),
  };
}
