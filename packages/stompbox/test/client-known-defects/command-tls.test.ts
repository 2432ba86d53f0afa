/** What users of another client complain about its command: it took any certificate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBroker } from 'stompbox';
import { run } from '../support/command.js';

const fixtures = new URL('../../../client/test/fixtures/', import.meta.url);
const pem = (name: string) => fileURLToPath(new URL(`localhost-${name}.pem`, fixtures));

// jasonrbriggs/stomp.py#349
test('the command refuses a certificate that nobody has vouched for', async (t) => {
  const tls = { certFile: pem('cert'), keyFile: pem('key') };
  const broker = await startBroker({
    memory: true,
    connectors: [{ kind: 'tls', host: '127.0.0.1', port: 0, tls }],
  });
  t.after(() => broker.close());
  const url = `stomp+ssl://localhost:${broker.connectors[0]?.port}`;
  const refused = await run(t, ['send', '/queue/a', 'x', '--url', url]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /self-signed certificate/);
});
