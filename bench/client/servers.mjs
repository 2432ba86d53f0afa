/** What the clients talk to, each a process of its own: the embedded broker and the raw socket. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { connect } from '@stompbox/client';
import { startStompbox } from '../brokers.mjs';

/** No credit, no routing, no storage: here the client is the bottleneck. */
export async function startFeeder() {
  const child = fork(path.join(import.meta.dirname, 'feeder.mjs'));
  const [{ port }] = await once(child, 'message');
  const takeCounts = async () => {
    child.send('counts');
    const [{ counted }] = await once(child, 'message');
    return counted;
  };
  return {
    ...{ name: 'socket', port },
    prepare: async () => {
      await takeCounts();
    },
    /** @throws when the clients have not sent what they were to send */
    async check(scenario, counts) {
      const { sends, acks, bytes } = await takeCounts();
      if (scenario.kind === 'send') expectEqual('messages sent', sends, sum(counts));
      if (scenario.kind === 'send') expectEqual('bytes', bytes, sum(counts) * scenario.size);
      if (scenario.ack === 'client-individual') expectEqual('ACKs', acks, sum(counts));
    },
    stop: () => child.disconnect(),
  };
}

/** The embedded broker as a user has it; queues are filled before and counted empty afterwards. */
export async function startBroker() {
  const { port, stop } = await startStompbox();
  const connection = await connect(`stomp://127.0.0.1:${port}`);
  return {
    ...{ name: 'broker', port },
    async prepare(scenario, queues) {
      if (scenario.kind !== 'receive') return;
      const body = scenario.size > 4096 ? new Uint8Array(scenario.size).fill(120) : undefined;
      for (const { destination, count } of queues) {
        await fill(connection, destination, body ?? 'x'.repeat(scenario.size), count);
      }
    },
    async check(scenario, _counts, queues) {
      if (scenario.kind !== 'send') return;
      for (const { destination, count } of queues) {
        await drain(connection, destination, count, scenario.size);
      }
    },
    async stop() {
      await connection.close();
      await stop();
    },
  };
}

async function fill(connection, destination, body, count) {
  for (let sent = 0; sent < count; ) {
    const sends = [];
    for (; sends.length < 500 && sent < count; sent++) {
      sends.push(connection.send(destination, body, { persistent: false }));
    }
    await Promise.all(sends);
  }
}

async function drain(connection, destination, expected, size) {
  let messages = 0;
  const subscription = await connection.subscribe(destination, { ack: 'auto' });
  for await (const message of subscription) {
    expectEqual('bytes of a body', message.body.length, size);
    messages++;
    if (messages === expected) break;
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function expectEqual(what, actual, expected) {
  if (actual !== expected) throw new Error(`Void run: ${actual} ${what} instead of ${expected}`);
}
