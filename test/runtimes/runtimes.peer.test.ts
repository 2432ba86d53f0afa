/** The packed client in another runtime than Node; scripts/test-runtimes.mjs says in which. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { repository } from '../repository.js';

const { RUNTIME = '', RUNTIME_PROGRAM = '', RUNTIME_APP = '' } = process.env;

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  bun: ['run'],
  deno: ['run', '--node-modules-dir=manual', '--allow-net', '--allow-env', '--allow-read'],
};

const options = RUNTIME === '' ? { skip: 'npm run test:runtimes runs it' } : {};

test(`the packed client works under ${RUNTIME || 'other runtimes'}`, options, async (context) => {
  const connectors = [{ port: 0 }];
  let broker = await startBroker({ memory: true, connectors });
  context.after(() => broker.close());
  const url = broker.connectors[0]?.url ?? '';
  const { port } = new URL(url);
  const smoke = path.join(RUNTIME_APP, 'smoke.mjs');
  copyFileSync(path.join(repository, 'test/runtimes/smoke.mjs'), smoke);
  const child = spawn(RUNTIME_PROGRAM, [...(ARGUMENTS[RUNTIME] ?? []), smoke, url], {
    cwd: RUNTIME_APP,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill());
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line !== 'restart') continue;
    await broker.close();
    broker = await startBroker({ memory: true, connectors: [{ port: Number(port) }] });
  }
  assert.deepEqual(await exited, [0, null]);
  const { events, ...seen } = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  assert.deepEqual(seen, {
    text: 'grüße',
    binary: [0, 255, 10, 0],
    bigBytes: 1_000_000,
    json: { id: 7 },
  });
  assert.ok(Array.isArray(events));
  assert.deepEqual(events.slice(0, 3), ['connecting', 'connected', 'reconnecting']);
  assert.deepEqual(events.slice(-3), ['connected', 'closing', 'closed']);
});
