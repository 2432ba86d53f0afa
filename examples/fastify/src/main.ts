/** What `node dist/main.js` runs; SIGTERM and Ctrl-C end it when requests and messages are finished. */
import { shutdownSignal } from 'stompbox';
import { createApp } from './app.js';
import { loadSettings } from './settings.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

const stopped = shutdownSignal();
const { messaging, port, closeBroker } = await loadSettings();
const app = createApp(messaging);
say(`Web app   ${await app.listen({ port, host: '127.0.0.1' })}`);
await stopped;
say('Stopping: running requests and messages are finished first.');
await app.close();
await closeBroker();
