/** stompit by hand: bodies are streams, so a text is read with readString. */
import stompit from 'stompit';
import { handleByHand } from '../by-hand.mjs';

export async function open(port) {
  const client = await new Promise((resolve, reject) => {
    // Without, Nagle's algorithm and delayed ACKs of TCP would hold it at 2,300 sends per second.
    stompit.connect({ host: '127.0.0.1', port, noDelay: true }, (error, opened) => {
      if (error) reject(error);
      else resolve(opened);
    });
  });
  return {
    send: (destination, order) =>
      new Promise((resolve) => {
        const headers = { destination, persistent: 'true', 'content-type': 'application/json' };
        client.send(headers, { onReceipt: resolve }).end(JSON.stringify(order));
      }),
    consume(work, handler) {
      return new Promise((resolve, reject) => {
        const take = handleByHand(work, handler, resolve, reject);
        const onMessage = (message) =>
          message.readString('utf-8', (error, text) => {
            if (error) return reject(error);
            take(JSON.parse(text), (onReceipt) => {
              if (onReceipt === undefined) client.ack(message);
              else client.ack(message, {}, { onReceipt });
            });
          });
        const { destination, prefetch } = work;
        client.subscribe(
          { destination, ack: 'client-individual', 'activemq.prefetchSize': `${prefetch}` },
          (error, message) => {
            if (error) reject(error);
            else onMessage(message);
          },
        );
      });
    },
    close: () => new Promise((resolve) => client.disconnect(resolve)),
  };
}
