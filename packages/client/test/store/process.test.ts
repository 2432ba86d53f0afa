/** The offline queue and processes that die, or want the same folder. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fileSendStore } from '@stompbox/client/file-store';
import fc from 'fast-check';
import { temporaryFolder } from './store-scene.js';

const SCRIPT = fileURLToPath(new URL('./store-child.js', import.meta.url));

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly lines: Interface;
}

async function startChild(t: TestContext, folder: string, round = 0): Promise<Child> {
  const child = spawn(process.execPath, [SCRIPT, folder, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout);
  const [first] = await once(lines, 'line');
  assert.match(String(first), /^loaded/);
  return { process: child, lines };
}

/** Kills it after it has printed so many lines; all that it printed. */
async function killAfter({ process: child, lines }: Child, count: number): Promise<string[]> {
  const printed: string[] = [];
  lines.on('line', (line) => {
    printed.push(line);
    if (printed.length === count) child.kill('SIGKILL');
  });
  await once(lines, 'close');
  // Short writes to a pipe are whole or not there, so the last line is one too.
  return printed;
}

describe('a process that is killed', () => {
  test('has stored all that it said, in order', async (t) => {
    const folder = temporaryFolder(t);
    const stored: string[] = [];
    const removed = new Set<string>();
    const counts = fc.sample(fc.integer({ min: 1, max: 400 }), { seed: 7, numRuns: 8 });
    for (const [round, count] of counts.entries()) {
      const child = await startChild(t, folder, round);
      for (const line of await killAfter(child, count)) {
        if (line.startsWith('-')) removed.add(line.slice(1));
        else stored.push(line);
      }
      const store = fileSendStore({ path: folder });
      const { records, damage } = await store.load();
      await store.close();
      const found = records.map(({ id }) => id);
      const missing = stored.filter((id) => !found.includes(id) && !removed.has(id));
      assert.deepEqual(missing, [], `round ${round}`);
      for (const lane of [0, 1, 2, 3]) {
        const numbers = found
          .filter((id) => id.startsWith(`${round}-${lane}-`))
          .map((id) => Number(id.split('-')[2]));
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
      for (const { code } of damage) assert.equal(code, 'STOMP_OFFLINE_TORN_TAIL');
    }
    assert.ok(stored.length > 100);
  });
});

describe('the folder of an offline queue', () => {
  test('has one process, and the next one is told which', async (t) => {
    const folder = temporaryFolder(t);
    const child = await startChild(t, folder);
    await assert.rejects(fileSendStore({ path: folder }).load(), {
      code: 'STOMP_OFFLINE_IN_USE',
      message: new RegExp(`used by process ${child.process.pid},`),
    });
    child.process.kill('SIGKILL');
  });

  test('has one store, also within a process', async (t) => {
    const folder = temporaryFolder(t);
    const store = fileSendStore({ path: folder });
    await store.load();
    const message = new RegExp(`used by process ${process.pid} \\(this one\\)`);
    for (const second of [store, fileSendStore({ path: folder })]) {
      await assert.rejects(second.load(), { code: 'STOMP_OFFLINE_IN_USE', message });
    }
    await store.close();
  });

  test('is taken over from a dead process', async (t) => {
    const folder = temporaryFolder(t);
    const child = await startChild(t, folder);
    await killAfter(child, 5);
    assert.equal(readdirSync(folder).filter((name) => name.startsWith('lock-')).length, 1);
    const store = fileSendStore({ path: folder });
    await store.load();
    assert.ok(store.count > 0);
    await store.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('lock-')),
      [],
    );
  });

  test('goes to one of many who come at the same time', async (t) => {
    const folder = temporaryFolder(t);
    const stores = Array.from({ length: 8 }, () => fileSendStore({ path: folder }));
    const outcomes = await Promise.allSettled(stores.map((store) => store.load()));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('may have a long path', { skip: process.platform !== 'linux' }, async (t) => {
    const folder = join(temporaryFolder(t), 'x'.repeat(100), 'y'.repeat(100));
    mkdirSync(folder, { recursive: true });
    const store = fileSendStore({ path: folder });
    await store.load();
    await assert.rejects(fileSendStore({ path: folder }).load(), { code: 'STOMP_OFFLINE_IN_USE' });
    await store.close();
    await store.load();
    await store.close();
  });
});
