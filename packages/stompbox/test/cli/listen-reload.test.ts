/** `stompbox listen --reload`: the listeners anew when their files change. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Reloader } from '../../dist/cli/listen/reloader.js';
import { start } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { gate, settled } from '../support/events.js';
import { ManualTimers } from '../support/manual-timers.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const moduleOf = (mark: string) => `
import { prefix } from './prefix.ts';
export default function handle(body: unknown) {
  process.stdout.write(prefix + '${mark} ' + body + '\\n');
}`;

describe('stompbox listen --reload', () => {
  test('runs what a file says now, with what it imports, and loses no message', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const files = { 'a.listener.ts': moduleOf('one'), 'prefix.ts': "export const prefix = '';" };
    const cwd = temporaryFolder(t, files);
    const listen = start(t, ['listen', '--reload', '--url', url], { cwd });
    await listen.shows('stderr', /^handle listens to /m);
    await messaging.sendToQueue(1);
    await listen.shows('stdout', /^one 1\n/);

    writeFileSync(join(cwd, 'a.listener.ts'), moduleOf('two'));
    const sent = Array.from({ length: 20 }, (_, index) => messaging.sendToQueue(index + 2));
    await listen.shows('stderr', /^a\.listener\.ts has changed: loading the listeners anew\n/m);
    await listen.shows('stderr', /anew\nhandle listens to /m);
    await Promise.all(sent);
    await messaging.sendToQueue('last');
    const [output] = await listen.shows('stdout', /^[\s\S]* last\n/);
    const numbers = [...output.matchAll(/ (\d+)\n/g)].map(([, text]) => Number(text));
    assert.deepEqual(
      [...new Set(numbers)].sort((a, b) => a - b),
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
    assert.match(output, /\ntwo last\n/);

    writeFileSync(join(cwd, 'prefix.ts'), "export const prefix = 'new ';");
    await listen.shows('stderr', /^prefix\.ts has changed: [^\n]*\nhandle listens to /m);
    await messaging.sendToQueue('end');
    await listen.shows('stdout', /^new two end\n/m);
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
  });

  test('goes on with the old listener while the new file has a mistake', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'a.listener.mjs': 'export default function handle() {}' });
    const listen = start(t, ['listen', '--reload', '--url', url], { cwd });
    await listen.shows('stderr', /^handle listens to /m);
    writeFileSync(join(cwd, 'a.listener.mjs'), "throw new Error('half written');");
    await listen.shows('stderr', /^not loaded, waiting for the next change: .* half written$/m);
    writeFileSync(
      join(cwd, 'a.listener.mjs'),
      "export default function better(body) { process.stdout.write('got ' + body + '\\n'); }",
    );
    await listen.shows('stderr', /^better listens to /m);
    await messaging.sendToQueue(1);
    await listen.shows('stdout', /^got 1\n/);
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
  });
});

/** A reloader that watches nothing real, and what it does. */
function reloader(_context: TestContext, replace: () => Promise<void> = async () => undefined) {
  const timers = new ManualTimers();
  const watched = new Map<string, (name: string) => void>();
  const errors = new Map<string, (error: Error) => void>();
  const journal: string[] = [];
  const made = new Reloader({
    watchFolder: (folder, onChange, onError) => {
      watched.set(folder, onChange);
      errors.set(folder, onError);
      return () => watched.delete(folder);
    },
    clock: timers.clock,
    load: async () => {
      journal.push('load');
      return { files: ['/app/b/new.ts'], listeners: [] };
    },
    replace: async () => {
      journal.push('replace');
      await replace();
    },
    talk: (text) => journal.push(text),
  });
  made.watch(['/app/a/one.ts', '/app/a/two.ts']);
  return { reloader: made, timers, watched, errors, journal };
}

describe('a reloader', () => {
  test('watches each folder once, and those that are new after loading', async (t) => {
    const { timers, watched } = reloader(t);
    assert.deepEqual([...watched.keys()], ['/app/a']);
    watched.get('/app/a')?.('one.ts');
    timers.fire();
    await settled();
    assert.deepEqual([...watched.keys()], ['/app/a', '/app/b']);
  });

  test('waits until an editor has finished, and loads once', async (t) => {
    const { timers, watched, journal } = reloader(t);
    const change = watched.get('/app/a');
    change?.('one.ts');
    change?.('one.ts');
    change?.('two.ts');
    assert.equal(timers.delaysMs.length, 1);
    timers.fire();
    await settled();
    assert.deepEqual(journal, [
      'two.ts has changed: loading the listeners anew',
      'load',
      'replace',
    ]);
  });

  test('leaves alone what is no code', (t) => {
    const { timers, watched } = reloader(t);
    watched.get('/app/a')?.('notes.txt');
    watched.get('/app/a')?.('');
    assert.deepEqual(timers.delaysMs, []);
  });

  test('loads once more when something changes while it replaces', async (t) => {
    const replacing = gate();
    const { timers, watched, journal } = reloader(t, () => replacing.promise);
    watched.get('/app/a')?.('one.ts');
    timers.fire();
    await settled();
    watched.get('/app/a')?.('two.ts');
    assert.deepEqual(timers.delaysMs, []);
    replacing.open();
    await settled();
    timers.fire();
    await settled();
    assert.equal(journal.filter((line) => line === 'load').length, 2);
  });

  test('does nothing more after it was stopped', async (t) => {
    const { reloader: made, timers, watched, journal } = reloader(t);
    watched.get('/app/a')?.('one.ts');
    made.stop();
    timers.fire();
    await settled();
    assert.deepEqual(journal, []);
    assert.equal(watched.size, 0);
  });

  test('tells when a folder cannot be watched any more', (t) => {
    const { errors, journal } = reloader(t);
    errors.get('/app/a')?.(new Error('no more watches'));
    assert.deepEqual(journal, ['changes in /app/a are not seen any more: no more watches']);
  });
});
