/** `stompbox check`: exit codes and what it prints. */
import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { Command } from 'commander';
import { startHealthServer } from 'stompbox';
import { addCheckFlags, type CheckFlags, runCheck } from '../../dist/cli/check-command.js';
import { embeddedBroker } from '../support/embedded.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { scene } from './scene.js';

interface Ended {
  readonly code: number;
  readonly line: string;
}

async function check(
  args: readonly string[],
  env: Record<string, string> = {},
  now: () => number = Date.now,
): Promise<Ended> {
  const lines: string[] = [];
  const terminal = {
    data: async (line: string) => {
      lines.push(line);
    },
    talk: () => undefined,
    red: (text: string) => text,
    stdin: new PassThrough(),
    screen: new PassThrough(),
  };
  const context = {
    terminal,
    settings: { env, cwd: '.' },
    ports: { logger: new MemoryLogger(), now },
    untilShutdown: () => Promise.reject(new Error('nobody wants that')),
  };
  let code = -1;
  const command = addCheckFlags(new Command('check').exitOverride())
    .configureOutput({ writeErr: () => undefined })
    .action(async (flags: CheckFlags) => {
      code = await runCheck(context, flags);
    });
  await command.parseAsync(args, { from: 'user' });
  return { code, line: lines.join('\n') };
}

describe('check --port', () => {
  async function served(context: TestContext, path = '') {
    const made = scene(context);
    const server = await startHealthServer(made, { port: 0, path });
    context.after(() => server.close());
    return { ...made, port: String(server.port) };
  }

  test('is 0 when ready, 1 with the reasons when not', async (context) => {
    const { service, port } = await served(context);
    assert.deepEqual(await check(['--port', port]), { code: 0, line: 'ok: ready' });
    service.runs('A').circuit = 'open';
    const { code, line } = await check(['--port', port]);
    assert.equal(code, 1);
    assert.match(line, /^not ready: circuit-open \(A from \/queue\/orders\): the circuit is open/);
    assert.equal((await check(['--port', port, '--probe', 'live'])).code, 0);
  });

  test('finds the port, the host and the path in the settings', async (context) => {
    const { port } = await served(context, '/health');
    const env = { MQ_HEALTH_PORT: port, MQ_HEALTH_HOST: '0.0.0.0', MQ_HEALTH_PATH: '/health' };
    assert.deepEqual(await check([], env), { code: 0, line: 'ok: ready' });
    const { code, line } = await check(['--path', '/elsewhere'], env);
    assert.equal(code, 3);
    assert.match(line, /elsewhere\/ready answered 404: it is no health server/);
  });

  test('prints JSON', async (context) => {
    const { service, port } = await served(context);
    service.loses();
    const { line } = await check(['--port', port, '--json']);
    const { status, text, components } = JSON.parse(line);
    assert.equal(status, 'failed');
    assert.match(text, /not-connected/);
    const codes = components.map(({ code }: { code?: string }) => code).filter(Boolean);
    assert.deepEqual(codes, ['not-connected']);
  });

  test('is 3 when nobody answers, or not in time', async (context) => {
    const { code, line } = await check(['--port', '1']);
    assert.equal(code, 3);
    assert.match(line, /127\.0\.0\.1:1\/ready does not answer: .*ECONNREFUSED/);
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    context.after(() => silent.closeAllConnections());
    context.after(() => silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const late = await check(['--port', String(port), '--timeout', '20', '--json']);
    assert.equal(late.code, 3);
    assert.equal(JSON.parse(late.line).status, 'unreachable');
    assert.match(JSON.parse(late.line).text, /does not answer: .*timeout/);
  });
});

describe('check --file', () => {
  const report = (status: string) => {
    const probe = { status, components: [] };
    return JSON.stringify({ status, atMs: 0, live: probe, ready: probe, started: probe });
  };

  test('goes by what the newest report says', async (context) => {
    const file = join(temporaryFolder(context), 'health');
    writeFileSync(file, report('ok'));
    utimesSync(file, 0, 0);
    assert.deepEqual(await check(['--file', file]), { code: 0, line: 'ok: ready' });
    writeFileSync(file, report('failed'));
    assert.equal((await check(['--file', file, '--probe', 'live'])).code, 1);
  });

  test('is 3 when the file is old, missing or something else', async (context) => {
    const file = join(temporaryFolder(context), 'health');
    assert.equal((await check(['--file', file])).code, 3);
    writeFileSync(file, 'ok');
    assert.equal((await check(['--file', file])).code, 3);
    writeFileSync(file, '{}');
    assert.equal((await check(['--file', file])).code, 3);
    writeFileSync(file, report('ok'));
    // More than a minute: clocks of files and of the process may differ by a tick.
    const later = () => Date.now() + 65_000;
    const { code, line } = await check(['--file', file], {}, later);
    assert.equal(code, 3);
    assert.match(line, /health is 6\d{4} ms old: the process hangs or has ended/);
    assert.equal((await check(['--file', file, '--max-age', '90000'], {}, later)).code, 0);
  });
});

describe('check --connect', () => {
  test('is 0 when the broker answers, 3 when nobody does', async (context) => {
    const { url } = await embeddedBroker(context);
    const { code, line } = await check(['--connect', '--url', url]);
    assert.equal(code, 0);
    assert.match(line, /^ok: 127\.0\.0\.1:\d+ answered in \d+\.\d ms$/);
    const refused = await check(['--connect', '--url', '127.0.0.1:1']);
    assert.equal(refused.code, 3);
    assert.match(refused.line, /127\.0\.0\.1:1 refused the connection/);
  });
});

describe('check', () => {
  test('takes one way only, and known probes', async () => {
    await assert.rejects(check(['--port', '1', '--connect']), { exitCode: 2 });
    await assert.rejects(check(['--port', '70000']), /from 1 to 65535/);
    await assert.rejects(check(['--probe', 'alive']), /one of live, ready, started/);
    await assert.rejects(check(['--max-age', 'x']), /whole number/);
  });
});
