/** What `node dist/main.js` runs; SIGTERM and Ctrl-C end it when requests and messages are finished. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { drainOnShutdown } from 'stompbox/express';
import { createApp } from './app.js';
import { loadSettings } from './settings.js';

const settings = await loadSettings();
const { app, messaging } = createApp(settings.messaging);
await messaging.start();
const server = app.listen(settings.port, '127.0.0.1');
const drained = drainOnShutdown(server, messaging);
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
process.stdout.write(`Web app   http://127.0.0.1:${port}\n`);
process.exitCode = await drained;
await settings.closeBroker();
