/** What `node dist/main.js` runs; SIGTERM and Ctrl-C end it when requests and messages are finished. */
import { serve } from '@hono/node-server';
import { drainOnShutdown } from 'stompbox/rest';
import { createApp } from './app.js';
import { loadSettings } from './settings.js';

const settings = await loadSettings();
const { app, lifecycle } = createApp(settings.messaging);
await lifecycle.start();
const { fetch } = app;
const server = serve({ fetch, port: settings.port, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`Web app   http://127.0.0.1:${port}\n`);
});
process.exitCode = await drainOnShutdown(server, lifecycle);
await settings.closeBroker();
