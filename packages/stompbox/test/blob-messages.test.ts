/** Blob messages from end to end: a real broker that takes, serves and removes blobs. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type Broker, type BrokerOptions, startBroker } from '@stompbox/broker';
import {
  type AckMode,
  blobOf,
  type Connection,
  connect,
  downloadBlob,
  type Message,
  sendBlob,
} from '@stompbox/client';

interface Scene {
  readonly broker: Broker;
  readonly connection: Connection;
  /** Names of the blobs on disk. */
  blobs(): string[];
}

async function scene(t: TestContext, options: BrokerOptions = {}): Promise<Scene> {
  const data = mkdtempSync(join(tmpdir(), 'blob-messages-'));
  const connectors = [{ port: 0 }];
  const broker = await startBroker({ data, connectors, http: { port: 0 }, ...options });
  const connection = await connect(broker.connectors[0]?.url ?? '');
  t.after(async () => {
    await connection.close();
    await broker.close();
    rmSync(data, { recursive: true, force: true });
  });
  const directory = join(data, 'blobs');
  const blobs = () => (existsSync(directory) ? readdirSync(directory) : []);
  return { broker, connection, blobs };
}

/** Closing waits for what is still being removed. */
async function close({ broker, connection }: Scene): Promise<void> {
  await connection.close();
  await broker.close();
}

/** The subscription goes on: its message would go back otherwise. */
async function firstOf(connection: Connection, queue: string, ack: AckMode): Promise<Message> {
  const subscription = await connection.subscribe(queue, { ack });
  const { value } = await subscription[Symbol.asyncIterator]().next();
  return value;
}

test('a blob is there until its message is settled, and then it is gone', async (t) => {
  const all = await scene(t);
  const { broker, connection, blobs } = all;
  assert.equal(connection.blobUploadUrl, `${broker.httpUrl}/blobs`);
  await sendBlob(connection, '/queue/films', new Blob(['many frames']), { name: 'film.mp4' });
  assert.equal(blobs().length, 1);
  const message = await firstOf(connection, '/queue/films', 'client-individual');
  assert.equal(blobOf(message)?.name, 'film.mp4');
  assert.equal(await textOf(downloadBlob(message)), 'many frames');
  await message.ack();
  await close(all);
  assert.deepEqual(blobs(), []);
});

test('a blob stays for those who acknowledge nothing', async (t) => {
  const all = await scene(t);
  await sendBlob(all.connection, '/queue/films', new Blob(['many frames']));
  const message = await firstOf(all.connection, '/queue/films', 'auto');
  assert.equal(await textOf(downloadBlob(message)), 'many frames');
  await close(all);
  assert.equal(all.blobs().length, 1);
});

test('a blob goes along with its message to the dead letter queue', async (t) => {
  const all = await scene(t, { redelivery: { maxRedeliveries: 0 } });
  const { connection } = all;
  await sendBlob(connection, '/queue/films', new Blob(['many frames']));
  const refused = await firstOf(connection, '/queue/films', 'client-individual');
  await refused.nack();
  const dead = await firstOf(connection, '/queue/DLQ.films', 'client-individual');
  assert.equal(await textOf(downloadBlob(dead)), 'many frames');
  assert.equal(all.blobs().length, 1);
  await dead.ack();
  await close(all);
  assert.deepEqual(all.blobs(), []);
});

test('a message to two queues needs its blob until both are done with it', async (t) => {
  const all = await scene(t);
  const { connection } = all;
  await sendBlob(connection, '/queue/a,/queue/b', new Blob(['many frames']));
  await (await firstOf(connection, '/queue/a', 'client-individual')).ack();
  const other = await firstOf(connection, '/queue/b', 'client-individual');
  assert.equal(await textOf(downloadBlob(other)), 'many frames');
  await other.ack();
  await close(all);
  assert.deepEqual(all.blobs(), []);
});

test('a message about a blob that is not there is refused', async (t) => {
  const { broker, connection } = await scene(t);
  const url = `${broker.httpUrl}/blobs/${'0'.repeat(64)}`;
  await assert.rejects(connection.send('/queue/a', '', { headers: { 'blob-url': url } }), {
    brokerCode: 'STOMP_PROTO_BAD_HEADER',
  });
});
