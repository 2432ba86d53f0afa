/** What `npm start` runs: the broker (unless MQ_URL names one), the service, and its end. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resolveSettings, type Settings, shutdownSignal, startBroker } from 'stompbox';
import { createApp } from './app.js';
import { openDatabase } from './database/database.js';
import { priceList } from './price-service.js';
import { loadSettings } from './settings.js';
import { startTracing } from './tracing.js';

const HOST = '127.0.0.1';
/** Stops what has been started; the last one first. */
const stops: (() => Promise<unknown>)[] = [];
const say = (line: string) => process.stdout.write(`${line}\n`);
const fail = (error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
};

async function start(): Promise<void> {
  const settings = loadSettings(process.env);
  const { dataFolder, databaseUrl } = settings;
  if (settings.isTraced) startTracing((line) => process.stderr.write(line));
  mkdirSync(dataFolder, { recursive: true });
  const messaging = settings.isBrokerEmbedded
    ? await startEmbeddedBroker(join(dataFolder, 'broker'), settings.messaging)
    : settings.messaging;
  say(`Broker    ${messaging.url}`);
  const app = await createApp({
    database: openDatabase(databaseUrl, join(dataFolder, 'orders.db')),
    messaging,
    prices: priceList(settings.priceFailures),
    logger: { level: messaging.log.level, stream: process.stderr },
  });
  stops.push(() => app.close());
  say(`Web app   ${await app.listen({ host: HOST, port: settings.webPort })}`);
  say('Stop with Ctrl-C.');
}

async function startEmbeddedBroker(data: string, { server }: Settings): Promise<Settings> {
  const connectors = [{ host: HOST, port: server?.port ?? 61613 }];
  const broker = await startBroker({ data, connectors });
  stops.push(() => broker.close());
  return resolveSettings({ url: broker.connectors[0]?.url });
}

const stopped = shutdownSignal();
try {
  await start();
  await stopped;
  say('Stopping: running requests and messages are finished first.');
} catch (error) {
  fail(error);
}
for (const stop of stops.reverse()) await stop().catch(fail);
