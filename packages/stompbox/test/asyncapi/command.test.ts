import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { run } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LISTENER = `import { listener } from 'stompbox';
export default listener('/queue/orders', { name: 'orders' }, () => undefined);
`;
const PACKAGE = '{ "name": "shop", "version": "1.4.0", "description": "A shop." }';

function shop(context: TestContext, files: Readonly<Record<string, string>> = {}) {
  return temporaryFolder(context, {
    'package.json': PACKAGE,
    'orders.listener.mjs': LISTENER,
    ...files,
  });
}

describe('stompbox asyncapi', () => {
  test('prints the document of the listeners it finds', async (t) => {
    const cwd = shop(t);
    const { code, stdout, stderr } = await run(t, ['asyncapi'], { cwd });
    assert.equal(code, 0, stderr);
    const { info, operations } = JSON.parse(stdout);
    assert.deepEqual(info, { title: 'shop', version: '1.4.0', description: 'A shop.' });
    assert.deepEqual(Object.keys(operations), ['receive-orders']);
  });

  test('describes the destinations of the configuration', async (t) => {
    const config = `import { defineConfig, queue } from 'stompbox';
export default defineConfig({ destinations: { mails: queue('mail.out') } });
`;
    const cwd = shop(t, { 'stompbox.config.ts': config });
    const { code, stdout, stderr } = await run(t, ['asyncapi'], { cwd });
    assert.equal(code, 0, stderr);
    const { operations, channels } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(operations), ['receive-orders', 'send-mails']);
    assert.equal(channels.mails.address, '/queue/mail.out');
  });

  test('works in a folder with nothing in it, under names of the command line', async (t) => {
    const cwd = temporaryFolder(t);
    const named = ['--title', 'x', '--api-version', '2', '--url', 'mq.example.com'];
    const { code, stdout, stderr } = await run(t, ['asyncapi', ...named], { cwd });
    assert.equal(code, 0, stderr);
    const { info, servers } = JSON.parse(stdout);
    assert.deepEqual(info, { title: 'x', version: '2' });
    assert.equal(servers.broker.host, 'mq.example.com:61613');
  });

  test('describes the modules that are named, and answered destinations', async (t) => {
    const cwd = shop(t);
    const args = ['asyncapi', 'orders.listener.mjs', '--request', '/queue/orders'];
    const { stdout, stderr } = await run(t, args, { cwd });
    assert.ok(JSON.parse(stdout).operations['receive-orders'].reply, stderr);
  });

  test('writes document and page, also into a folder that is not there yet', async (t) => {
    const cwd = shop(t);
    const args = ['asyncapi', '--out', 'api/doc.json', '--html', 'api/doc.html'];
    const { code, stdout, stderr } = await run(t, args, { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.equal(stderr, 'wrote api/doc.json\nwrote api/doc.html\n');
    assert.equal(JSON.parse(readFileSync(join(cwd, 'api/doc.json'), 'utf8')).asyncapi, '3.0.0');
    assert.match(readFileSync(join(cwd, 'api/doc.html'), 'utf8'), /<title>shop 1.4.0/);
  });

  test('--check is content with files that are up to date, and writes nothing', async (t) => {
    const cwd = shop(t);
    const args = ['asyncapi', '--out', 'doc.json', '--html', 'doc.html'];
    const missing = await run(t, [...args, '--check'], { cwd });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /doc.json does not exist/);
    await run(t, args, { cwd });
    const current = await run(t, [...args, '--check'], { cwd });
    assert.equal(current.code, 0, current.stderr);
    const changed = LISTENER.replace('/queue/orders', '/queue/others');
    writeFileSync(join(cwd, 'orders.listener.mjs'), changed);
    const outdated = await run(t, [...args, '--check'], { cwd });
    assert.equal(outdated.code, 1);
    assert.match(outdated.stderr, /doc.json is out of date/);
    assert.match(outdated.stderr, /without --check/);
  });

  test('--check without a file is a wrong call', async (t) => {
    const { code, stderr } = await run(t, ['asyncapi', '--check'], { cwd: shop(t) });
    assert.equal(code, 2);
    assert.match(stderr, /--out or --html/);
  });

  test('a broken package.json is named', async (t) => {
    const cwd = shop(t, { 'package.json': '{' });
    const { code, stderr } = await run(t, ['asyncapi'], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /package.json is not JSON/);
  });

  test('a file that cannot be written is named with the reason', async (t) => {
    const cwd = shop(t);
    const args = ['asyncapi', '--out', 'package.json/doc.json'];
    const { code, stderr } = await run(t, args, { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /doc.json cannot be written: /);
  });
});
