/** What `npm start` and `npm run dlq` run, as processes, with everything real: HTTP, TCP, disk, signals. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { openDatabase } from '../dist/database/database.js';
import { orders } from '../dist/destinations.js';
import { Program } from './program.js';
import { GOLD, TWO_TEAS } from './support.js';

const QUICK = { MQ_LISTENER_RETRY_IMMEDIATE_MS: '0', MQ_LISTENER_RETRY_DELAYED_MS: '20' };

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'orders-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(context: TestContext, env: Record<string, string>) {
  const program = new Program(context, 'main', { MQ_PORT: '0', PORT: '0', ...QUICK, ...env });
  const brokerUrl = await program.prints('stdout', /^Broker {4}(.+)$/m);
  const url = await program.prints('stdout', /^Web app {3}(.+)$/m);
  return { program, brokerUrl, url };
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function idOf(answer: Response): Promise<string> {
  assert.equal(answer.status, 202);
  const { id } = (await answer.json()) as { readonly id: string };
  return id;
}

test('prices orders, keeps the dead letter with its reason, and says how it is', async (context) => {
  const env = { DATA: folder(context), TRACE: '1', PRICE_FAILURES: '2' };
  const { program, brokerUrl, url } = await start(context, env);
  const read = async (path: string) => await (await fetch(`${url}${path}`)).text();

  const id = await idOf(await post(`${url}/orders`, TWO_TEAS));
  await program.prints('stderr', new RegExp(`"attempt":3,"msg":"order ${id} is priced`));
  assert.match(await read(`/orders/${id}`), /"state":"priced","totalCents":900/);
  await program.prints('stderr', /^span process orders, .+ link=\w{32}$/m);
  // Its event went through the outbox, too.
  const event = /^span process VirtualTopic\.order-events, .+ link=(\w{32})$/m;
  const trace = await program.prints('stderr', event);
  await program.prints('stderr', new RegExp(`^span process orders, .+ trace=${trace} `, 'm'));

  const bad = await idOf(await post(`${url}/orders`, GOLD));
  await program.prints('stderr', new RegExp(`Order ${bad} wants gold.+`));
  await program.prints('stderr', /the dead letter queue/);
  // The log says what will be done; a moment later the broker has confirmed it.
  const list = () => new Program(context, 'dlq', { MQ_URL: brokerUrl }).ended;
  let listed = await list();
  while (listed.stdout === 'No dead letters.\n') listed = await list();
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /^[0-9a-f]{16} {2}1 dead letters\n/);
  assert.match(listed.stdout, new RegExp(`after 1 attempts: Order ${bad} wants gold`));
  const fingerprint = listed.stdout.slice(0, 16);
  const sent = await new Program(context, 'dlq', { MQ_URL: brokerUrl }, [fingerprint]).ended;
  assert.equal(sent.stdout, '1 sent back to orders\n', sent.stderr);

  for (const probe of ['live', 'ready', 'started']) {
    assert.match(await read(`/health/${probe}`), /^\{"status":"ok"/, probe);
  }
  const consumed = /^stompbox_consumed_messages_total\{listener="price-orders",.+\} 1$/m;
  const metrics = await read('/metrics');
  assert.match(metrics, consumed);
  assert.match(metrics, /^stompbox_outbox_pending_messages \d+$/m);
  program.signal('SIGTERM');
  assert.equal((await program.ended).code, 0);
});

test('SIGTERM under load loses no order that was accepted', async (context) => {
  const data = folder(context);
  const { program, url } = await start(context, { DATA: data });
  const accepted: string[] = [];
  const client = async () => {
    for (;;) {
      const answer = await post(`${url}/orders`, TWO_TEAS).catch(() => undefined);
      if (answer?.status !== 202) return answer?.status;
      accepted.push(await idOf(answer));
      if (accepted.length === 100) program.signal('SIGTERM');
    }
  };

  const refusals = await Promise.all([client(), client(), client(), client()]);
  const { code, stderr } = await program.ended;

  assert.equal(code, 0, stderr);
  for (const status of refusals) assert.ok(status === undefined || status === 503, `${status}`);
  assert.ok(accepted.length >= 100);
  const safe = new Set([...(await pricedOrPending(data)), ...(await queued(data))]);
  assert.deepEqual(
    accepted.filter((id) => !safe.has(id)),
    [],
  );
});

/** Ids of orders that are priced, or whose message is still in the outbox. */
async function pricedOrPending(data: string): Promise<string[]> {
  const database = openDatabase(undefined, join(data, 'orders.db'));
  const rows = await database.query(
    `SELECT id FROM orders WHERE state = 'priced'
UNION SELECT json_extract(body_text, '$.id') FROM stompbox_outbox WHERE state = 'pending'`,
    [],
  );
  await database.close();
  return rows.map(({ id }) => String(id));
}

/** Ids of orders whose message is in the queue of the broker that was started with the program. */
async function queued(data: string): Promise<string[]> {
  const connectors = [{ host: '127.0.0.1', port: 0 }];
  const broker = await startBroker({ data: join(data, 'broker'), connectors });
  const messaging = createMessaging(
    resolveSettings({ url: broker.connectors[0]?.url }, { env: {} }),
  );
  const connection = await messaging.getConnection();
  const headers = { browser: 'true' };
  const subscription = await connection.subscribe(orders.destination, { headers });
  const ids: string[] = [];
  for await (const message of subscription) {
    if (message.headers.get('browser') === 'end') break;
    ids.push(message.json<{ id: string }>().id);
  }
  await messaging.close();
  await broker.close();
  return ids;
}
