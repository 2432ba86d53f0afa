/** Health in a file. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { touchFile } from 'stompbox';
import { MemoryLogger } from '../support/memory-logger.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FakeClock } from './fake-clock.js';

/** A health whose next reports a test writes, and a wait for the next one that is asked for. */
function asked(clock: FakeClock) {
  const state = { isLive: true, count: 0 };
  const status = () => (state.isLive ? 'ok' : 'failed') as 'ok' | 'failed';
  const probe = () => ({ status: status(), components: [] });
  return {
    state,
    check: async () => {
      state.count += 1;
      const atMs = clock.now();
      return { status: status(), atMs, live: probe(), ready: probe(), started: probe() };
    },
  };
}

test('the file holds the report; its time is when the probe was ok last', async (context) => {
  const path = join(temporaryFolder(context), 'health');
  const clock = new FakeClock();
  const checked = asked(clock);
  const file = await touchFile(checked, { path, everyMs: 5_000 }, { clock });
  const read = () => JSON.parse(readFileSync(path, 'utf8')).live.status;
  const okAtMs = () => statSync(path).mtimeMs;
  assert.equal(read(), 'ok');
  const before = okAtMs();
  await untilFilesGetANewTime(before);
  checked.state.isLive = false;
  await written(clock, () => read() === 'failed');
  assert.ok(Math.abs(okAtMs() - before) < 1, 'the time of before, although it was written now');
  assert.ok(statSync(path).ctimeMs > before);
  checked.state.isLive = true;
  await written(clock, () => read() === 'ok');
  assert.ok(okAtMs() > before);
  assert.deepEqual(readdirSync(join(path, '..')), ['health'], 'nothing lies beside it');
  await file.close();
  assert.equal(existsSync(path), false);
  assert.equal(clock.timerCount, 0);
});

test('a file of a process that was never ok is as old as time', async (context) => {
  const path = join(temporaryFolder(context), 'health');
  const checked = asked(new FakeClock());
  checked.state.isLive = false;
  const file = await touchFile(checked, { path, probe: 'ready' }, { clock: new FakeClock() });
  assert.equal(statSync(path).mtimeMs, 0);
  await file.close();
});

test('a folder that is not there is refused, one that goes later is told to the log', async (context) => {
  const folder = join(temporaryFolder(context), 'run');
  const path = join(folder, 'health');
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  await assert.rejects(touchFile(asked(clock), { path }, { clock, logger }), {
    code: 'STOMP_HEALTH_FILE',
    message: /run\/health cannot be written \(ENOENT.*choose a path/,
  });
  mkdirSync(folder);
  const file = await touchFile(asked(clock), { path }, { clock, logger });
  rmSync(folder, { recursive: true });
  await written(clock, () => logger.lines.length > 0);
  assert.match(logger.lines[0] ?? '', /error: health: .*run\/health cannot be written/);
  mkdirSync(folder);
  await written(clock, () => existsSync(path));
  await file.close();
});

/** The kernel gives times to files in steps of some milliseconds. */
async function untilFilesGetANewTime(beforeMs: number): Promise<void> {
  while (Date.now() - beforeMs < 20) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Lets 5 s pass, and turns of the loop until the disk has done what was asked. */
async function written(clock: FakeClock, isDone: () => boolean): Promise<void> {
  await clock.advance(5_000);
  for (let turn = 0; turn < 10_000 && !(isDone() && clock.timerCount > 0); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.ok(isDone(), 'it was never written');
}
