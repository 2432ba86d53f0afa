/**
 * A web application in a process of its own: POST /slow/NAME is at work until the application drains, and
 * then sends the message NAME. It prints its origin, and what its listener does; SIGTERM ends it.
 *
 *   node web-child.js URL QUEUE
 */
import fastify from 'fastify';
import { listener, resolveSettings, shutdownSignal } from 'stompbox';
import { fastifyMessaging } from 'stompbox/fastify';
import { planned } from './planned-handler.js';
import { NAME_HEADER } from './reports.js';

const [, , url = '', queue = ''] = process.argv;
const say = (line: string) => process.stdout.write(`${line}\n`);
const draining = shutdownSignal();
const app = fastify({ forceCloseConnections: 'idle' });
app.register(fastifyMessaging, {
  settings: resolveSettings({ url }, { env: {} }),
  startup: 'fail',
  listeners: [
    listener(queue, { name: 'web', concurrency: 4 }, async (plan: object, context) => {
      const name = context.headers.get(NAME_HEADER);
      say(`begun ${name}`);
      await planned(plan, context);
      say(`handled ${name} ${context.isRedelivered}`);
    }),
  ],
});
app.post<{ Params: { name: string } }>('/slow/:name', async ({ params: { name } }) => {
  say(`asked ${name}`);
  await draining;
  await app.messaging.send(queue, {}, { headers: { [NAME_HEADER]: name } });
  return { sent: name };
});
say(`origin ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
await draining;
await app.close();
say('closed');
