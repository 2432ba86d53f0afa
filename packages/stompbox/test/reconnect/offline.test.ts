/** A client and a broker that are both killed, again and again; the client has an offline queue on disk. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '@stompbox/client';
import fc from 'fast-check';
import { temporaryFolder } from '../support/temporary-folder.js';
import { RestartedBroker } from './restarted-broker.js';

const SCRIPT = fileURLToPath(new URL('./offline-child.js', import.meta.url));
const ROUNDS = 5;
const SEED = 20_261_122;
const LAST = 'last';

/** How many messages are stored or confirmed before each kill. */
interface Plan {
  readonly whileConnected: number;
  readonly whileOffline: number;
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  whileConnected: fc.integer({ min: 1, max: 100 }),
  whileOffline: fc.integer({ min: 1, max: 200 }),
});

/** A client in a process of its own, and what it has printed. */
class Client {
  readonly stored: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(t: TestContext, args: readonly string[]) {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    this.#child = child;
    // After all that it has printed.
    this.#exit = once(child, 'close');
    createInterface(child.stdout).on('line', (line) => {
      this.stored.push(line);
      if (this.#waiting && this.stored.length >= this.#waiting.count) this.#waiting.resolve();
    });
  }

  /** Resolves when it has printed so many more. */
  prints(count: number): Promise<void> {
    const waiting = new Promise<void>((resolve) => {
      this.#waiting = { count: this.stored.length + count, resolve };
    });
    const ended = this.#exit.then(([code]) => Promise.reject(new Error(`It ended with ${code}`)));
    return Promise.race([waiting, ended]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#exit;
    return code;
  }
}

/** All that a queue holds; it is empty afterwards. */
async function allIn(broker: RestartedBroker, queue: string): Promise<string[]> {
  const connection = await connect(broker.url);
  const names: string[] = [];
  await connection.send(queue, LAST);
  for await (const message of await connection.subscribe(queue, { ack: 'client-individual' })) {
    await message.ack();
    if (message.text() === LAST) break;
    names.push(message.text());
  }
  await connection.close();
  return names;
}

test('what was stored arrives once, though client and broker are killed', async (t) => {
  const folder = temporaryFolder(t);
  const broker = new RestartedBroker(t);
  const stored: string[] = [];
  const plans = fc.sample(anyPlan, { seed: SEED, numRuns: ROUNDS });
  for (const [round, { whileConnected, whileOffline }] of plans.entries()) {
    await broker.start();
    const client = new Client(t, [broker.url, folder, `${round}`, '4']);
    await client.prints(1 + whileConnected);
    await broker.kill();
    await client.prints(whileOffline);
    await client.kill();
    stored.push(...client.stored.slice(1));
  }
  await broker.start();
  const last = new Client(t, [broker.url, folder, `${ROUNDS}`, '0']);
  assert.equal(await last.exitCode(), 0);
  const found = await allIn(broker, '/queue/offline');
  const has = new Set(found);
  assert.deepEqual(
    stored.filter((name) => !has.has(name)),
    [],
    'nothing is lost',
  );
  assert.equal(has.size, found.length, 'nothing comes twice');
  assert.deepEqual(inOrder(found), found);
  assert.ok(stored.length > 100);
});

/** The same names, those of each producer in the order in which it sent them. */
function inOrder(names: readonly string[]): string[] {
  const key = (name: string) => name.slice(0, name.lastIndexOf('-'));
  const number = (name: string) => Number(name.slice(name.lastIndexOf('-') + 1));
  const byProducer = new Map<string, string[]>();
  for (const name of names) {
    const all = byProducer.get(key(name));
    if (all) all.push(name);
    else byProducer.set(key(name), [name]);
  }
  for (const all of byProducer.values()) all.sort((a, b) => number(a) - number(b)).reverse();
  return names.map((name) => byProducer.get(key(name))?.pop() ?? '');
}
