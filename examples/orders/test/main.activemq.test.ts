/** The service with the ActiveMQ of MQ_URL instead of a broker of its own: nothing else changes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program } from './program.js';
import { TWO_TEAS } from './support.js';

test('an order is a dead letter, is sent back, priced, paid and dispatched', async (context) => {
  const brokerUrl = process.env['MQ_URL'];
  assert.ok(brokerUrl, 'set MQ_URL to the broker to test against');
  const data = mkdtempSync(join(tmpdir(), 'orders-'));
  context.after(() => rmSync(data, { recursive: true, force: true }));
  const program = new Program(context, 'main', {
    MQ_URL: brokerUrl,
    PORT: '0',
    DATA: data,
    PRICE_FAILURES: '3',
    MQ_LISTENER_RETRY_IMMEDIATE_MS: '0',
    MQ_LISTENER_RETRY_DELAYED_MS: '100',
  });
  const url = await program.prints('stdout', /^Web app {3}(.+)$/m);

  const answer = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(TWO_TEAS),
  });
  const { id } = (await answer.json()) as { readonly id: string };
  await program.prints('stderr', /the dead letter queue\): PriceServiceError/);
  // The log says what will be done; a moment later the broker has confirmed it.
  const letter = new RegExp(`^([0-9a-f]{16}) .+\n(?: .+\n)* .+ does not answer\n .+${id}`, 'm');
  let fingerprint: string | undefined;
  while (fingerprint === undefined) {
    const { stdout } = await new Program(context, 'dlq', { MQ_URL: brokerUrl }).ended;
    fingerprint = letter.exec(stdout)?.[1];
  }
  await new Program(context, 'dlq', { MQ_URL: brokerUrl }, [fingerprint]).ended;
  await program.prints('stderr', new RegExp(`order ${id} is priced`));
  const payment = await fetch(`${url}/orders/${id}/payment`, { method: 'POST' });
  assert.equal(payment.status, 200, await payment.text());
  await program.prints('stderr', new RegExp(`order ${id} is dispatched`));

  program.signal('SIGTERM');
  assert.equal((await program.ended).code, 0);
});
