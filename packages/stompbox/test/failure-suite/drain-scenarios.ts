/** `stompbox listen` that is told to stop: under load, while it has no broker, and twice. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Command, start } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { Plan } from './planned-handler.js';
import { ProcessLines } from './process-lines.js';
import { type OpenScene, type Size, scenarios } from './scenarios.js';
import type { Scene } from './scene.js';

const COUNTS = { small: 40, full: 300 } as const;
const MODULE = fileURLToPath(new URL('./drain-listeners.js', import.meta.url));
const WEB = fileURLToPath(new URL('./web-child.js', import.meta.url));

/** Longer than the pause within which two signals count as one key press. */
const SECOND_SIGNAL_MS = 600;

export function drainScenarios(size: Size): void {
  scenarios('draining', (open) => {
    loadTest(open, COUNTS[size]);
    downTests(open);
    secondSignalTest(open);
    brokerEndsTest(open);
    slowHandlerTest(open);
    webTest(open, COUNTS[size]);
  });
}

/** `stompbox listen`, whose words go into the ledger. */
async function listen(
  t: TestContext,
  scene: Scene,
  more: Readonly<Record<string, string>> = {},
): Promise<Command> {
  const env = { SUITE_QUEUE: scene.queue, MQ_URL: scene.broker.url, ...more };
  const command = start(t, ['listen', MODULE], { cwd: temporaryFolder(t), env });
  await command.shows('stderr', /listens to/);
  return command;
}

function enterOutput(scene: Scene, stdout: string): void {
  for (const line of stdout.split('\n')) {
    const [what, name = '', isRedelivered] = line.split(' ');
    if (what === 'begun') scene.ledger.began(name);
    // Whether the broker has confirmed the ACK, it does not say.
    if (what === 'handled') scene.ledger.ended(name, 'handled', isRedelivered === 'true');
  }
}

function loadTest(open: OpenScene, count: number): void {
  test('SIGTERM under load: what was begun is finished, the rest waits for others, exit code 0', async (t) => {
    const scene = open(t);
    const plans = Array.from({ length: count }, (): Plan => ({ worksMs: 20 }));
    const sending = scene.sendAll(plans);
    const first = await listen(t, scene);
    const second = await listen(t, scene);
    await first.shows('stdout', /(?:handled [\s\S]*){20}/);
    first.signal('SIGTERM');
    const { code, stdout, stderr } = await first.ended;
    assert.equal(code, 0, stderr);
    second.signal('SIGTERM');
    const other = await second.ended;
    await sending;
    assert.equal(other.code, 0, other.stderr);
    for (const output of [stdout, other.stdout]) {
      const begun = output.match(/^begun/gm)?.length;
      assert.equal(output.match(/^handled/gm)?.length, begun, 'what was begun was finished');
      enterOutput(scene, output);
    }
    const { handled, left, duplicates } = await scene.account();
    assert.deepEqual([handled + left, duplicates], [count, 0]);
  });
}

function downTests(open: OpenScene): void {
  test('SIGTERM while the broker is away: it ends soon, with exit code 0', async (t) => {
    const scene = open(t);
    const command = await listen(t, scene);
    await scene.broker.down('killed');
    try {
      await command.shows('stderr', /lost|reconnect/i);
      const begunAt = performance.now();
      command.signal('SIGTERM');
      const { code, stderr } = await command.ended;
      assert.equal(code, 0, stderr);
      assert.ok(performance.now() - begunAt < 10_000, 'it does not wait for a broker');
    } finally {
      await scene.broker.up();
    }
    await scene.account();
  });
}

function secondSignalTest(open: OpenScene): void {
  test('a second signal ends it at once, with exit code 130, and the message comes again', async (t) => {
    const scene = open(t);
    const command = await listen(t, scene);
    await scene.send({ hangs: true });
    await command.shows('stdout', /begun/);
    command.signal('SIGTERM');
    await command.shows('stderr', /stopping/);
    // The pause is part of what is promised.
    await new Promise((resolve) => setTimeout(resolve, SECOND_SIGNAL_MS));
    command.signal('SIGTERM');
    const { code } = await command.ended;
    assert.equal(code, 130);
    const next = await listen(t, scene);
    await next.shows('stdout', /handled .* true/);
    next.signal('SIGTERM');
    const ended = await next.ended;
    assert.equal(ended.code, 0, ended.stderr);
    enterOutput(scene, ended.stdout);
    await scene.account();
  });
}

function brokerEndsTest(open: OpenScene): void {
  test('it goes on after a crash of the broker, and drains then', async (t) => {
    const scene = open(t);
    const command = await listen(t, scene);
    await scene.send({});
    await command.shows('stdout', /handled/);
    await scene.broker.down('killed');
    await scene.broker.up();
    await scene.send({});
    await command.shows('stdout', /handled[\s\S]*handled/);
    command.signal('SIGTERM');
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    enterOutput(scene, stdout);
    await scene.account();
  });
}

function slowHandlerTest(open: OpenScene): void {
  test('what does not end in time is cut, with another exit code, and its message comes again', async (t) => {
    const scene = open(t);
    const command = await listen(t, scene, { MQ_SHUTDOWN_DRAIN_TIMEOUT_MS: '200' });
    await scene.send({ hangs: true });
    await command.shows('stdout', /begun/);
    command.signal('SIGTERM');
    const { code, stderr } = await command.ended;
    assert.equal(code, 1, stderr);
    const next = await listen(t, scene);
    await next.shows('stdout', /handled .* true/);
    next.signal('SIGTERM');
    const ended = await next.ended;
    assert.equal(ended.code, 0, ended.stderr);
    enterOutput(scene, ended.stdout);
    await scene.account();
  });
}

function webTest(open: OpenScene, count: number): void {
  test('a web application under load drains its listener, and its last requests still send', async (t) => {
    const scene = open(t);
    const app = new ProcessLines(t, [WEB, scene.broker.url, scene.queue]);
    const origin = (await app.line(/^origin/)).split(' ')[1];
    const sending = scene.sendAll(Array.from({ length: count }, (): Plan => ({ worksMs: 5 })));
    const names = Array.from({ length: 10 }, (_, index) => `web${index}`);
    const asking = names.map((name) => fetch(`${origin}/slow/${name}`, { method: 'POST' }));
    for (const name of names) await app.line(new RegExp(`^asked ${name}$`));
    await app.line(/^handled/);
    app.signal('SIGTERM');
    const replies = await Promise.all(asking);
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
    for (const name of names) scene.ledger.sent(name);
    assert.equal(await app.ended, 0, app.stderr);
    await sending;
    const linesOf = (what: string) => app.lines.filter((line) => line.startsWith(what)).length;
    assert.equal(linesOf('handled'), linesOf('begun'), 'what was begun was finished');
    enterOutput(scene, app.lines.join('\n'));
    const { handled, left, duplicates } = await scene.account();
    assert.deepEqual([handled + left, duplicates], [count + names.length, 0]);
  });
}
