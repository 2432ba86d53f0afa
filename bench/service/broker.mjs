/** The embedded broker as a process of its own, whose queues are filled before and found empty after. */
import { connect } from '@stompbox/client';
import { startStompbox } from '../brokers.mjs';
import { Arrivals, orderOf } from './order.mjs';

const END = -1;
const JSON_MESSAGE = { persistent: true, contentType: 'application/json' };

export async function startBroker() {
  const { port, stop } = await startStompbox();
  const connection = await connect(`stomp://127.0.0.1:${port}`);
  return {
    port,
    async prepare({ kind }, parts) {
      if (kind !== 'consume') return;
      for (const { destination, count } of parts) await fill(connection, destination, count);
    },
    /** @throws when an order is missing that was sent, or there is one that was acknowledged */
    async check({ kind }, parts) {
      for (const { destination, count } of parts) {
        await drain(connection, destination, kind === 'send' ? count : 0);
      }
    },
    async stop() {
      await connection.close();
      await stop();
    },
  };
}

async function fill(connection, destination, count) {
  for (let sent = 0; sent < count; ) {
    const sends = [];
    for (; sends.length < 500 && sent < count; sent++)
      sends.push(send(connection, destination, sent));
    await Promise.all(sends);
  }
}

/** What comes before an end marker is all that the queue had, what was delivered before included. */
async function drain(connection, destination, expected) {
  await send(connection, destination, END);
  const arrivals = new Arrivals(expected);
  for await (const message of await connection.subscribe(destination, { ack: 'auto' })) {
    const order = message.json();
    if (order.number === END) break;
    arrivals.add(order);
  }
  arrivals.check();
}

function send(connection, destination, number) {
  return connection.send(destination, JSON.stringify(orderOf(number)), JSON_MESSAGE);
}
