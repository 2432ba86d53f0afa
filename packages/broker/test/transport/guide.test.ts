/** The guide to connectors: its program runs, and its URLs are understood. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseConnectorUrl } from '@stompbox/broker';
import { certificate } from './listening.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(path.join(here, '../../../../docs/guide/connectors.md'), 'utf8');

describe('the guide to connectors', () => {
  test('has a program that listens where it says', async (t) => {
    const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
    // Beside the tests, so that the package is found by its name.
    const folder = mkdtempSync(path.join(here, 'guide-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'example.mjs');
    const runnable = code
      .replace(/port: \d+/g, 'port: 0')
      .replace(/0\.0\.0\.0/g, '127.0.0.1')
      .replace('mq-key.pem', certificate('server-key.pem'))
      .replace('mq.pem', certificate('server.pem'))
      .replace('clients-ca.pem', certificate('ca.pem'));
    writeFileSync(file, runnable);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      /^stomp:\/\/127\.0\.0\.1:\d+\nstomp\+ssl:\/\/127\.0\.0\.1:\d+\nws:\/\/127\.0\.0\.1:\d+\/stomp\n$/,
    );
  });

  test('has URLs that lead to the options of the program', () => {
    const urls = [...guide.matchAll(/--listen '?([^\s']+)/g)].map(([, url]) => url ?? '');
    assert.deepEqual(urls.map(parseConnectorUrl), [
      { kind: 'tcp', host: '127.0.0.1', port: 61613 },
      {
        kind: 'tls',
        host: '0.0.0.0',
        port: 61614,
        tls: { keyFile: 'mq-key.pem', certFile: 'mq.pem', caFile: 'clients-ca.pem' },
      },
      {
        kind: 'ws',
        host: '127.0.0.1',
        port: 61615,
        ws: { path: '/stomp', origins: ['https://app.example.com'] },
      },
    ]);
  });
});
