/** docs/guide/web-apps.md and docs/reference/rest.md: examples run as they stand, tables are complete. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { startBroker } from 'stompbox';
import { PROBLEMS } from 'stompbox/rest';

const here = fileURLToPath(new URL('.', import.meta.url));
const read = (file: string) => readFileSync(join(here, '../../../../docs', file), 'utf8');
const guide = read('guide/web-apps.md');
const reference = read('reference/rest.md');

function examplesOf(document: string): string[] {
  return [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
}

async function start(context: TestContext, example: string) {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  // Beside the tests, so that packages are found by their names.
  const folder = mkdtempSync(join(here, 'guide-'));
  const file = join(folder, 'example.mjs');
  writeFileSync(file, transformSync(example, { loader: 'ts' }).code);
  const env = { PATH: '', PORT: '0', MQ_URL: broker.connectors[0]?.url ?? '' };
  const child = spawn(process.execPath, [file], { cwd: folder, env });
  context.after(async () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
    await broker.close();
  });
  return child;
}

describe('the applications of docs/guide/web-apps.md', () => {
  const examples = examplesOf(guide);

  for (const [n, name] of ['Fastify', 'Express', 'Hono'].entries()) {
    test(`${name}: serves, and ends with 0 at SIGTERM`, async (t) => {
      const child = await start(t, examples[n] ?? '');
      const errors = textOf(child.stderr);
      let output = '';
      let port: string | undefined;
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      while (port === undefined) {
        const [code] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
        if (typeof code === 'number') assert.fail(output + (await errors));
        port = /port: (\d+)|127\.0\.0\.1:(\d+)/.exec(output)?.slice(1).find(Boolean);
      }
      const origin = `http://localhost:${port}`;
      const shop = await fetch(`${origin}/shop`, { method: 'POST' });
      assert.equal(shop.status, 201);
      assert.match(await shop.text(), /"correlationId":"[0-9a-f-]{36}"/);
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: '{"id":7}' };
      const reply = await fetch(`${origin}/messages/orders?reply=true`, init);
      assert.deepEqual(await reply.json(), { packed: 7 });
      assert.equal((await fetch(`${origin}/chk/mq`)).status, 200);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], output + (await errors));
    });
  }
});

describe('docs/reference/rest.md', () => {
  test('its example prints the event that it sent', async (t) => {
    const [example = ''] = examplesOf(reference);
    const child = await start(t, example);
    const [output, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const event = { specversion: '1.0', id: 'e1', source: '/shop', type: 'parcel.sent' };
    const data = { datacontenttype: 'application/json', data: { id: 1 } };
    assert.equal(errors, '');
    assert.deepEqual(JSON.parse(output), { ...event, ...data });
  });

  test('lists every problem with its status, and no other', () => {
    const rows = [...reference.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)];
    const listed = rows.map(([, name, status]) => [name, Number(status)]);
    const known = Object.entries(PROBLEMS).map(([name, { status }]) => [name, status]);
    assert.deepEqual(listed.sort(), known.sort());
  });
});
