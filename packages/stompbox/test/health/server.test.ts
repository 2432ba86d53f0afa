/** Health over HTTP. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type HealthServerOptions, healthResponse, startHealthServer } from 'stompbox';
import { MemoryLogger } from '../support/memory-logger.js';
import { type Scene, scene } from './scene.js';

interface Served extends Scene {
  readonly url: string;
  readonly serverLog: MemoryLogger;
}

async function served(test: TestContext, options: HealthServerOptions = {}): Promise<Served> {
  const made = scene(test);
  const serverLog = new MemoryLogger();
  const server = await startHealthServer(made, { port: 0, ...options }, { logger: serverLog });
  test.after(() => server.close());
  return { ...made, url: server.url, serverLog };
}

async function get(url: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(url, { method });
  return [response.status, await response.text()];
}

describe('the health server', () => {
  test('answers each probe by 200 or 503 with its report', async (context) => {
    const { url, service, check } = await served(context);
    service.runs('A').circuit = 'open';
    const report = await check();
    for (const [path, status, body] of [
      ['/live', 200, report.live],
      ['/ready', 503, report.ready],
      ['/started', 503, report.started],
      ['/', 503, report],
      ['', 503, report],
      ['/live/?x=1', 200, report.live],
    ] as const) {
      const [answered, text] = await get(`${url}${path}`);
      assert.equal(answered, status, path);
      assert.deepEqual(JSON.parse(text), body, path);
    }
  });

  test('answers in JSON that nobody keeps, and HEAD without a body', async (context) => {
    const { url } = await served(context);
    const response = await fetch(`${url}/live`, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(await response.text(), '');
  });

  test('serves below a path', async (context) => {
    const { url } = await served(context, { path: '/chk/mq/' });
    assert.ok(url.endsWith('/chk/mq'));
    assert.equal((await get(url))[0], 200);
    assert.equal((await get(`${url}/live`))[0], 200);
    assert.equal((await get(new URL('/live', url).href))[0], 404);
  });

  test('says what there is to whoever asks for something else', async (context) => {
    const { url } = await served(context);
    const paths = 'there are /, /live, /ready, /started\n';
    assert.deepEqual(await get(`${url}/alive`), [404, paths]);
    assert.deepEqual(await get(`${url}/live`, 'POST'), [405, 'only GET and HEAD\n']);
    assert.equal((await get(new URL('/metrics', url).href))[0], 404);
  });

  test('hands out metrics, and the log says why they fail', async (context) => {
    let isBroken = false;
    const { url, serverLog } = await served(context, {
      metrics: async () => {
        if (isBroken) throw new Error('no registry');
        return { contentType: 'text/plain; version=0.0.4', text: 'up 1\n' };
      },
    });
    assert.deepEqual(await get(new URL('/metrics', url).href), [200, 'up 1\n']);
    isBroken = true;
    const [status, text] = await get(new URL('/metrics', url).href);
    assert.equal(status, 500);
    assert.ok(!text.includes('registry'));
    assert.match(serverLog.lines.join(), /\/metrics failed: Error: no registry/);
  });

  test('survives metrics that are none', async (context) => {
    const none = {} as { contentType: string; text: string };
    const { url, serverLog } = await served(context, { metrics: async () => none });
    assert.equal((await get(new URL('/metrics', url).href))[0], 500);
    assert.match(serverLog.lines.join(), /\/metrics failed: TypeError/);
    assert.equal((await get(`${url}/live`))[0], 200);
  });

  test('says which port is taken', async (context) => {
    const { url } = await served(context);
    const port = Number(new URL(url).port);
    await assert.rejects(startHealthServer(scene(context), { port }), {
      code: 'STOMP_HEALTH_PORT',
      message: /127\.0\.0\.1:\d+ \(.*EADDRINUSE.*choose another health port/,
    });
  });

  test('is over when it is closed, twice', async (context) => {
    const server = await startHealthServer(scene(context), { port: 0 });
    await server.close();
    await server.close();
    await assert.rejects(fetch(server.url));
  });
});

test('healthResponse answers for any web framework', async (context) => {
  const { service, check } = scene(context);
  const made = { check };
  const live = await healthResponse(made, 'live');
  assert.equal(live.status, 200);
  assert.deepEqual(live.body, (await check()).live);
  service.loses();
  assert.equal((await healthResponse(made, 'ready')).status, 503);
  assert.deepEqual((await healthResponse(made)).body, await check());
});
