/** The guide of workers shows files that run as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { start } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const guide = readFileSync(new URL('../../../../docs/guide/workers.md', import.meta.url), 'utf8');
const examples = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

test('docs/guide/workers.md has a listener and a configuration that run together', async (t) => {
  const { url, messaging } = await embeddedBroker(t);
  const [listener = '', config = ''] = examples;
  const cwd = temporaryFolder(t, { 'orders.listener.ts': listener, 'stompbox.config.ts': config });
  const listen = start(t, ['listen', '--health-port', '0', '--url', url], { cwd });
  await listen.shows('stderr', /"msg":"Orders listens to \/queue\/orders at /);
  await messaging.send('/queue/orders', { id: 7 });
  const [line] = await listen.shows('stderr', /^.*"msg":"order 7".*$/m);
  const fields = JSON.parse(line) as Record<string, unknown>;
  assert.equal(fields['listener'], 'Orders');
  assert.equal(fields['destination'], '/queue/orders');
  assert.equal(fields['attempt'], 1);
  listen.signal('SIGTERM');
  assert.equal((await listen.ended).code, 0);
});
