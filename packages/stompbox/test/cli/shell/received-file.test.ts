/** Files that arrive: saved where the user wants them, under a name that can do no harm. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { safeFileName, saveReceivedFile } from '../../../dist/cli/shell/received-file.js';
import { embeddedBroker } from '../../support/embedded.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { play, recordsOf } from './play.js';

describe('the name of a received file', () => {
  for (const [name, safe] of [
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/cron.d/job', 'job'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['..', '__'],
    ['.bashrc', '_bashrc'],
    ['a/', 'file'],
    ['', 'file'],
    ['a\u0000b\n:c', 'a_b__c'],
    ['grüße 🐇.txt', 'grüße 🐇.txt'],
  ] as const) {
    test(`${JSON.stringify(name)} becomes ${safe}`, () => {
      assert.equal(safeFileName(name), safe);
    });
  }

  test('is short enough for every file system', () => {
    assert.ok(Buffer.byteLength(safeFileName('🐇'.repeat(200))) <= 200);
  });
});

describe('a received file', () => {
  const HELLO = Buffer.from('hello').toString('base64');

  test('overwrites nothing, and follows no link', (t) => {
    const folder = temporaryFolder(t, { 'a.txt': 'mine', outside: 'untouched' });
    symlinkSync(join(folder, 'outside'), join(folder, 'a.1.txt'));
    assert.equal(saveReceivedFile(folder, 'a.txt', HELLO), join(folder, 'a.2.txt'));
    assert.equal(readFileSync(join(folder, 'a.2.txt'), 'utf8'), 'hello');
    assert.equal(readFileSync(join(folder, 'a.txt'), 'utf8'), 'mine');
    assert.equal(readFileSync(join(folder, 'outside'), 'utf8'), 'untouched');
  });

  test('that is not base64 is not saved', (t) => {
    const folder = temporaryFolder(t);
    for (const body of ['no base64!', 'aGVsbG8', '====', 'aG==VsbG8', 'aGVsbG=8']) {
      assert.throws(() => saveReceivedFile(folder, 'a', body), /not base64/);
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  test('may be large', (t) => {
    const bytes = Buffer.alloc(20_000_000, 'file');
    const file = saveReceivedFile(temporaryFolder(t), 'a', bytes.toString('base64'));
    assert.ok(readFileSync(file).equals(bytes));
  });

  test('in a folder that is gone is an error that says so', (t) => {
    const folder = join(temporaryFolder(t), 'gone');
    assert.throws(() => saveReceivedFile(folder, 'a', HELLO), /not saved: ENOENT/);
  });

  test('is saved by the shell in the chosen folder, as it was sent', async (t) => {
    const bytes = Buffer.from([0, 1, 255, 10]);
    const cwd = temporaryFolder(t);
    const inbox = temporaryFolder(t);
    writeFileSync(join(cwd, 'data.bin'), bytes);
    const { url } = await embeddedBroker(t);
    const lines = ['subscribe /queue/a', 'sendfile /queue/a data.bin', 'wait'];
    const text = await play(t, url, lines, ['--save-files', inbox], { cwd });
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /\n\nSaved file: .*data\.bin\n$/);
    assert.deepEqual(readFileSync(join(inbox, 'data.bin')), bytes);
    const json = await play(t, url, lines, ['--save-files', inbox, '--json'], { cwd });
    assert.equal(recordsOf(json)[0]?.['file'], join(inbox, 'data.1.bin'));
  });

  test('is not saved unless a folder is chosen', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    await messaging.send('/queue/a', HELLO, { headers: { filename: 'a.txt' } });
    const cwd = temporaryFolder(t);
    const { stdout } = await play(t, url, ['subscribe /queue/a', 'wait'], [], { cwd });
    assert.match(stdout, new RegExp(HELLO));
    assert.deepEqual(readdirSync(cwd), []);
  });

  test('with a path that leads out stays inside; one that cannot be read is printed', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const folder = temporaryFolder(t);
    await messaging.send('/queue/a', HELLO, { headers: { filename: '../escaped.txt' } });
    await messaging.send('/queue/a', 'not base64!', { headers: { filename: 'b.txt' } });
    const lines = ['subscribe /queue/a', 'wait 2'];
    const args = ['--save-files', folder, '--keep-going'];
    const { code, stdout, stderr } = await play(t, url, lines, args);
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(folder), ['escaped.txt']);
    assert.equal(existsSync(join(folder, '..', 'escaped.txt')), false);
    assert.match(stdout, /not base64!/);
    assert.match(stderr, /was not saved: its body is not base64/);
  });
});
