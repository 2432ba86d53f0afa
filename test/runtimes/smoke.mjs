/**
 * The same small program for every runtime: it connects, sends, receives and acknowledges, outlives a
 * restart of the broker that it asks for on stdout, closes, and then ends by itself.
 *
 *   RUNTIME smoke.mjs URL
 */
import process from 'node:process';
import { connect } from '@stompbox/client';

const url = process.argv[2];
const events = [];
const connection = await connect(url, {
  reconnect: { initialDelayMs: 20, maxDelayMs: 100 },
  onStatus: ({ type }) => events.push(type),
});
const queue = '/queue/smoke';
const messages = (await connection.subscribe(queue, { ack: 'client-individual' }))[
  Symbol.asyncIterator
]();

async function take() {
  const { value: message } = await messages.next();
  await message.ack({ receipt: true });
  return message;
}

await connection.send(queue, 'grüße');
await connection.send(queue, new Uint8Array([0, 255, 10, 0]));
await connection.send(queue, new Uint8Array(1_000_000).fill(7));
const text = (await take()).text();
const binary = [...(await take()).body];
const bigBytes = (await take()).body.length;

const lost = (async () => {
  for await (const { type } of connection.status()) if (type === 'reconnecting') return;
})();
process.stdout.write('restart\n');
await lost;
await connection.send(queue, JSON.stringify({ id: 7 }));
const json = (await take()).json();
await connection.close();
process.stdout.write(`${JSON.stringify({ text, binary, bigBytes, json, events })}\n`);
