/**
 * The broker that the failure suite runs against, by FAILURE_BROKER: the embedded one in a child process
 * of the test, or a real one that scripts/test-failures.mjs has started. All can be stopped in order,
 * killed and started again with the same data and address.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { controlPeer, peerBroker } from '../support/peer-broker.js';
import { newTemporaryFolder } from '../support/temporary-folder.js';

export const BROKER_NAMES = ['embedded', 'activemq', 'artemis', 'rabbitmq'] as const;
export type BrokerName = (typeof BROKER_NAMES)[number];

export interface SuiteBroker {
  readonly name: BrokerName;
  readonly url: string;
  /** In order, or by SIGKILL. */
  down(how: Ending): Promise<void>;
  /** Resolves when it listens. */
  up(): Promise<void>;
  /** After all tests of a file. */
  close(): Promise<void>;
}

export type Ending = 'in order' | 'killed';

const SCRIPT = fileURLToPath(new URL('./broker-child.js', import.meta.url));

/** @param name default by FAILURE_BROKER */
export function startSuiteBroker(name = brokerName()): Promise<SuiteBroker> {
  return name === 'embedded' ? EmbeddedChild.start() : realBroker(name);
}

/** What the failure suite runs against in this process. */
export function brokerName(): BrokerName {
  const name = process.env['FAILURE_BROKER'] ?? 'embedded';
  const known = BROKER_NAMES.find((one) => one === name);
  if (known === undefined) throw new Error(`FAILURE_BROKER is ${name}: use ${BROKER_NAMES}`);
  return known;
}

async function realBroker(name: BrokerName): Promise<SuiteBroker> {
  const { url } = await peerBroker();
  return {
    name,
    url,
    down: (how) => controlPeer(how === 'killed' ? 'kill' : 'down'),
    up: () => controlPeer('up'),
    close: () => Promise.resolve(),
  };
}

class EmbeddedChild implements SuiteBroker {
  readonly name = 'embedded';
  readonly #folder = newTemporaryFolder();
  #port = 0;
  #child: ChildProcess | undefined;
  #exit: Promise<unknown> = Promise.resolve();

  static async start(): Promise<SuiteBroker> {
    const broker = new EmbeddedChild();
    await broker.up();
    return broker;
  }

  get url(): string {
    return `stomp://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    const child = spawn(process.execPath, [SCRIPT, this.#folder.path, String(this.#port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#exit = once(child, 'exit');
    const line = once(createInterface(child.stdout), 'line');
    const first = await Promise.race([line, this.#exit.then(() => ['nothing'])]);
    if (!/^\d+$/.test(String(first[0]))) throw new Error('The broker did not start: see above');
    this.#port = Number(first[0]);
  }

  async down(how: Ending): Promise<void> {
    if (how === 'killed') this.#child?.kill('SIGKILL');
    else this.#child?.stdin?.end();
    await this.#exit;
  }

  async close(): Promise<void> {
    await this.down('in order');
    this.#folder.remove();
  }
}
