/** What `npm start` runs: the broker (unless MQ_URL names one), the listener and the web app. */
import { resolveSettings, type Settings, shutdownSignal, startBroker } from 'stompbox';
import { createApp } from './app.js';
import { MessageService } from './message-service.js';
import { SampleListener } from './sample-listener.js';
import { loadSettings } from './settings.js';
import { startErrorText } from './start-error.js';

const HOST = '127.0.0.1';
/** Stops what has been started; the last one first. */
const stops: (() => Promise<unknown>)[] = [];
/** Each resolves with an error when a part has ended for good: the broker, or the listener. */
const endings: Promise<Error | undefined>[] = [];
const say = (line: string) => process.stdout.write(`${line}\n`);
const fail = (error: unknown) => {
  process.stderr.write(`error: ${startErrorText(error)}\n`);
  process.exitCode = 1;
};

async function start(): Promise<void> {
  const { messaging, isBrokerEmbedded, dataDirectory, webPort } = loadSettings(process.env);
  const settings = isBrokerEmbedded
    ? await startEmbeddedBroker(dataDirectory, messaging.server?.port)
    : messaging;
  if (!isBrokerEmbedded) say(`Broker    ${settings.url}`);
  const service = new MessageService(settings);
  stops.push(() => service.close());
  const { ended } = await service.listen(new SampleListener());
  endings.push(ended);
  say(`Listener  ${settings.queue} and ${settings.topic}`);
  const app = createApp(service);
  stops.push(() => app.close());
  const url = await app.listen({ host: HOST, port: webPort });
  say(`Web app   ${url}`);
  say(`Try       curl ${url}/chk/mq`);
  say('Stop with Ctrl-C.');
}

async function startEmbeddedBroker(data: string, port = 61613): Promise<Settings> {
  const broker = await startBroker({ data, connectors: [{ host: HOST, port }] });
  stops.push(() => broker.close());
  endings.push(broker.closed);
  const settings = resolveSettings({ url: broker.connectors[0]?.url });
  say(`Broker    ${settings.url} (messages in ${data})`);
  return settings;
}

const stopped = shutdownSignal().then(() => undefined);
try {
  await start();
  const failure = await Promise.race([stopped, ...endings]);
  if (failure !== undefined) throw failure;
  say('Stopping: running requests and messages are finished first.');
} catch (error) {
  fail(error);
}
for (const stop of stops.reverse()) await stop().catch(fail);
