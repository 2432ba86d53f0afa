/** `stompbox listen` on a clock of the test, in this process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../../dist/cli/program.js';
import { gate, settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { ManualTimers } from '../support/manual-timers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('stompbox listen ends with 1 when a handler does not finish in time', async (t) => {
  const cwd = temporaryFolder(t, {
    'hangs.mjs': 'export default function hangs() { return new Promise(() => undefined); }',
  });
  const fake = new FakeConnection();
  const timers = new ManualTimers();
  const shutdown = gate<'SIGTERM'>();
  const ready = gate();
  const stopping = gate();
  const talk: string[] = [];
  const exitCode = runProgram(
    ['listen', 'hangs.mjs'],
    {
      terminal: {
        data: async () => undefined,
        talk: (line) => {
          talk.push(line);
          if (line.startsWith('hangs listens')) ready.open();
          if (line.startsWith('stopping')) stopping.open();
        },
        red: (text) => text,
        stdin: process.stdin,
        screen: process.stdout,
      },
      settings: { env: {}, cwd },
      ports: {
        logger: new MemoryLogger(),
        clock: timers.clock,
        connect: async () => fake.connection,
      },
      untilShutdown: () => shutdown.promise,
    },
    '1.0.0',
    () => undefined,
  );
  await ready.promise;
  fake.subscriptions[0]?.deliver('m1', '1');
  await settled();
  shutdown.open('SIGTERM');
  await stopping.promise;
  await settled();
  timers.fire();
  assert.equal(await exitCode, 1);
  assert.match(
    talk.join('\n'),
    /\nerror: .*still open: hangs with 1 message from \/queue\/SampleQueue \(ids m1\)\. .*\ncode: STOMP_NET_TIMEOUT_CLOSE$/,
  );
});
