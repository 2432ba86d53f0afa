/** @stomp/stompjs by hand, over TCP with its own wrapper: publish and watchForReceipt. */
import { connectStompjs } from '../../stompjs-client.mjs';
import { handleByHand } from '../by-hand.mjs';

export async function open(port) {
  const client = await connectStompjs(port);
  let lastReceipt = 0;
  const nextReceipt = (onReceipt) => {
    const receipt = `r${++lastReceipt}`;
    client.watchForReceipt(receipt, onReceipt);
    return receipt;
  };
  return {
    send: (destination, order) =>
      new Promise((resolve) => {
        const receipt = nextReceipt(resolve);
        const headers = { persistent: 'true', 'content-type': 'application/json', receipt };
        // Without, a JMS consumer would get bytes; the others send text without, too.
        const skipContentLengthHeader = true;
        client.publish({
          destination,
          body: JSON.stringify(order),
          headers,
          skipContentLengthHeader,
        });
      }),
    consume(work, handler) {
      return new Promise((resolve, reject) => {
        const take = handleByHand(work, handler, resolve, reject);
        const onMessage = (message) =>
          take(JSON.parse(message.body), (onReceipt) => {
            if (onReceipt === undefined) message.ack();
            else message.ack({ receipt: nextReceipt(onReceipt) });
          });
        const { destination, prefetch } = work;
        const headers = { ack: 'client-individual', 'activemq.prefetchSize': `${prefetch}` };
        client.subscribe(destination, onMessage, headers);
      });
    },
    close: () => client.deactivate(),
  };
}
