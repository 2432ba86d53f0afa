/** The prebuilt file of the client in a real browser, over WebSocket to the embedded broker. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { needs } from '../peer-programs.js';
import { repository } from '../repository.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const folder = path.join(repository, 'test/browser');
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/page.mjs': [path.join(folder, 'page.mjs'), 'text/javascript'],
  '/stompbox-client.min.js': [
    path.join(repository, 'packages/client/dist/browser/stompbox-client.min.js'),
    'text/javascript',
  ],
};
const HTML =
  '<!doctype html><meta charset="utf-8"><title>stompbox</title><link rel="icon" href="data:,">' +
  '<h1>stompbox</h1><ol id="log"></ol><script type="module" src="page.mjs"></script>';

type BrokerChild = ChildProcessByStdio<null, Readable, null>;

describe(
  'the client in Chromium',
  needs(executablePath, ['--version'], 'npm run test:browser installs it'),
  () => {
    const temporary = mkdtempSync(path.join(os.tmpdir(), 'stompbox-browser-'));
    const problems: string[] = [];
    let server: Server;
    let origin: string;
    let browser: Browser;
    let page: Page;
    let broker: BrokerChild;
    let url: string;

    async function startBroker(port: number): Promise<void> {
      const script = path.join(folder, 'broker-child.mjs');
      const args = [script, path.join(temporary, 'data'), String(port), origin];
      broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = await once(createInterface(broker.stdout), 'line');
      url = String(line);
    }

    async function killBroker(): Promise<void> {
      const exited = once(broker, 'exit');
      broker.kill('SIGKILL');
      await exited;
    }

    async function openPage(): Promise<Page> {
      const opened = await browser.newPage();
      opened.on('pageerror', (error) => problems.push(error.message));
      await opened.goto(origin);
      await opened.waitForSelector('body[data-is-ready]');
      return opened;
    }

    /** Calls a function of page.mjs. */
    function inPage<T>(name: string, ...args: unknown[]): Promise<T> {
      return page.evaluate(`page.${name}(...${JSON.stringify(args)})`);
    }

    before(async () => {
      server = createServer((request, response) => {
        const [file, type] = FILES[request.url ?? ''] ?? [undefined, 'text/html'];
        response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
        response.end(file === undefined ? HTML : readFileSync(file));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await startBroker(0);
      // Chromium's sandbox refuses to run for root, which is who runs in containers.
      browser = await chromium.launch({
        executablePath,
        chromiumSandbox: process.getuid?.() !== 0,
      });
      page = await openPage();
    });

    after(async () => {
      await browser?.close();
      server?.close();
      if (broker) await killBroker();
      rmSync(path.join(temporary, 'data'), { recursive: true, force: true });
    });

    test('sends text, bytes and JSON, and what it acknowledged does not come again', async () => {
      assert.deepEqual(await inPage('exchange', url), {
        peer: new URL(url).href,
        version: '1.2',
        text: 'grüße',
        binary: [0, 255, 10, 0],
        json: { id: 7 },
        bigBytes: 3_000_000,
        isBigWhole: true,
        next: 'last',
        state: 'closed',
      });
    });

    test('commits and aborts transactions', async () => {
      assert.deepEqual(await inPage('transact', url), { before: 0, after: ['one', 'two'] });
    });

    test('refuses what browsers cannot do, with a code and where it is explained', async () => {
      const socket = await inPage<{ code: string; message: string }>(
        'refusal',
        'stomp://localhost',
      );
      assert.equal(socket.code, 'STOMP_OPT_INVALID');
      assert.match(socket.message, /^STOMP_OPT_INVALID: .*docs\/reference\/errors\.md/);
      const tls = await inPage<{ code: string }>('refusal', url, { tls: { ca: '' } });
      assert.equal(tls.code, 'STOMP_OPT_INVALID');
    });

    test('tells a server that is not there by code, peer and close code', async () => {
      const refused = await inPage<{ name: string; code: string; message: string }>(
        'refusal',
        'ws://127.0.0.1:1/stomp?token=s3cret',
      );
      assert.equal(refused.code, 'STOMP_NET_UNREACHABLE');
      assert.match(refused.message, /ws:\/\/127\.0\.0\.1:1\/stomp .*1006/);
      assert.doesNotMatch(refused.message, /s3cret/);
    });

    test('goes on by itself after its broker was killed and started again', async () => {
      assert.equal(await inPage('begin', url), 'before');
      const { port } = new URL(url);
      await killBroker();
      await inPage('untilLost');
      await startBroker(Number(port));
      const seen = await inPage<Record<string, unknown>>('afterRestart');
      const { events, ...rest } = seen;
      assert.deepEqual(rest, {
        again: 'before',
        next: 'after',
        stale: 'STOMP_NET_STALE_MESSAGE',
      });
      assert.ok(Array.isArray(events));
      assert.deepEqual(events.slice(0, 3), ['connecting', 'connected', 'reconnecting']);
      assert.deepEqual(events.slice(-3), ['connected', 'closing', 'closed']);
    });

    test('keeps its heart-beats while another tab is in front', async () => {
      const beating = inPage<{ state: string }>('beats', url, 3);
      const other = await openPage();
      await other.bringToFront();
      assert.equal((await beating).state, 'connected');
      await other.close();
    });

    test('caused no error on the page, as the picture of it shows', async () => {
      const picture = path.join(temporary, 'page.png');
      await page.screenshot({ path: picture });
      assert.ok(existsSync(picture) && statSync(picture).size > 1000);
      assert.deepEqual(problems, []);
      const lines = await page.locator('#log li').allTextContents();
      assert.deepEqual(
        lines.map((line) => line.split(/[: ]/)[0]),
        ['exchange', 'transaction', 'reconnect', 'heart-beats'],
      );
    });
  },
);
