/** Starts the shop, with a broker of its own unless MQ_URL names one, and ends it in order. */
import { resolveSettings, shutdownSignal, startBroker } from 'stompbox';
import { createApp } from './create-app.js';

const HOST = '127.0.0.1';
/** Port of the web application; 0 = any free one. */
const port = Number(process.env['PORT'] ?? 8001);

const isBrokerEmbedded = resolveSettings().origins.url === 'default';
const broker = isBrokerEmbedded ? await startBroker({ data: './data' }) : undefined;
const app = await createApp();
await app.listen(port, HOST);
process.stdout.write(`Try  curl ${await app.getUrl()}/chk/mq\n`);

// An application without a broker of its own may call app.enableShutdownHooks() instead.
await shutdownSignal();
await app.close();
await broker?.close();
