/** The message service and its listeners, driven as the README says. */
import { createMessaging } from 'stompbox';
import { CONCURRENCY } from '../scenarios.mjs';

export async function open(port) {
  const messaging = createMessaging({ url: `stomp://127.0.0.1:${port}` });
  await messaging.getConnection();
  return {
    send: (destination, order) => messaging.send(destination, order),
    async consume({ destination, count, prefetch }, handler) {
      let handled = 0;
      let onLast;
      const last = new Promise((resolve) => {
        onLast = resolve;
      });
      const listener = async (order) => {
        await handler(order);
        handled++;
        if (handled === count) onLast();
      };
      const options = { destinations: [destination], concurrency: CONCURRENCY, prefetch };
      const handle = await messaging.consume(listener, options);
      await last;
      // Resolves when all ACKs are confirmed; its UNSUBSCRIBE is measured, too.
      await handle.close();
    },
    close: () => messaging.close(),
  };
}
