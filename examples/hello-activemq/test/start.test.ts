/** What `npm start` runs, end to end, as a process: it serves, prints, stops and refuses. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

class Program {
  readonly #child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  #stdout = '';
  #stderr = '';
  #onOutput: (() => void)[] = [];
  #isEnded = false;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [MAIN], { cwd, env });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#isEnded = true;
        this.#tell();
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** What the pattern's first group stands for, as soon as it is printed. */
  async prints(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match) return match[1] ?? '';
      if (this.#isEnded)
        throw new Error(`ended without ${pattern}: ${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => this.#onOutput.push(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  #tell(): void {
    for (const resolve of this.#onOutput.splice(0)) resolve();
  }
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hello-activemq-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function start(context: TestContext, cwd: string, env: Record<string, string> = {}): Program {
  const program = new Program(cwd, { PATH: '', MQ_PORT: '0', PORT: '0', ...env });
  context.after(async () => {
    program.signal('SIGKILL');
    await program.ended;
  });
  return program;
}

async function takenPort(context: TestContext): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function assertRefuses(program: Program, message: RegExp): Promise<void> {
  const { code, stderr } = await program.ended;
  assert.equal(code, 1);
  assert.match(stderr, message);
  assert.match(stderr, /^error: [^\n]+\n$/, 'one line, no stack trace');
}

/** Bodies that still wait in the queue of a data directory. */
async function waitingIn(data: string): Promise<string[]> {
  const broker = await startBroker({ data, connectors: [{ port: 0 }] });
  const settings = resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
  const messaging = createMessaging(settings);
  const found: string[] = [];
  try {
    await messaging.sendToQueue('end');
    await new Promise<void>((resolve, reject) => {
      const onMessage = (body: unknown) => {
        if (body === 'end') resolve();
        else found.push(JSON.stringify(body));
      };
      messaging.consume(onMessage, { queue: 'SampleQueue' }).catch(reject);
    });
  } finally {
    await messaging.close();
    await broker.close();
  }
  return found;
}

function linesOf(stdout: string, destination: string): string[] {
  const prefix = `${destination} `;
  const lines = stdout.split('\n').filter((line) => line.startsWith(prefix));
  return lines.map((line) => line.slice(prefix.length));
}

describe('npm start', () => {
  test('serves /chk/mq, prints the message of queue and topic, and ends with 0', async (t) => {
    const program = start(t, folder(t));
    const url = await program.prints(/Try +curl (\S+)\n/);
    const response = await fetch(`${url}?a=1`);
    const check = { url: `${url}?a=1`, path: '/chk/mq', host: new URL(url).host };
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), check);
    await program.prints(/^(\/queue\/SampleQueue .*)\n/m);
    await program.prints(/^(\/topic\/SampleTopic .*)\n/m);
    program.signal('SIGINT');
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.deepEqual(linesOf(stdout, '/queue/SampleQueue'), [JSON.stringify(check)]);
    assert.deepEqual(linesOf(stdout, '/topic/SampleTopic'), [JSON.stringify(check)]);
  });

  test('stopped in the middle of work loses no message', async (t) => {
    const cwd = folder(t);
    const program = start(t, cwd);
    const url = await program.prints(/Try +curl (\S+)\n/);
    const requests = Array.from({ length: 100 }, async (_, index) => {
      const response = await fetch(`${url}?n=${index}`);
      return JSON.stringify(await response.json());
    });
    const sent = await Promise.all(requests);
    program.signal('SIGTERM');
    // npm passes on a Ctrl-C that the terminal has sent already: still one.
    program.signal('SIGINT');
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const handled = linesOf(stdout, '/queue/SampleQueue');
    const waiting = await waitingIn(join(cwd, 'data'));
    assert.deepEqual(new Set([...handled, ...waiting]), new Set(sent));
    assert.deepEqual(linesOf(stdout, '/topic/SampleTopic').sort(), sent.sort());
  });

  test('with MQ_URL uses that broker and starts none', async (t) => {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    t.after(() => broker.close());
    const cwd = folder(t);
    const program = start(t, cwd, { MQ_PORT: '', MQ_URL: broker.connectors[0]?.url ?? '' });
    await program.prints(new RegExp(`Broker +(${broker.connectors[0]?.url})\n`));
    assert.equal((await fetch(await program.prints(/Try +curl (\S+)\n/))).status, 200);
    await program.prints(/^(\/queue\/SampleQueue .*)\n/m);
    program.signal('SIGTERM');
    assert.equal((await program.ended).code, 0);
    assert.equal(existsSync(join(cwd, 'data')), false);
  });
});

test('npm start ends with 1 when its listener has lost the broker for good', async (t) => {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  t.after(() => broker.close());
  const failover = `failover:(${broker.connectors[0]?.url})?maxReconnectAttempts=0`;
  const program = start(t, folder(t), { MQ_PORT: '', MQ_URL: failover });
  await program.prints(/Try +curl (\S+)\n/);
  await broker.close();
  const { code, stderr } = await program.ended;
  assert.equal(code, 1);
  assert.match(stderr, /^error: The connection to 127\.0\.0\.1:\d+ was lost: [^\n]+\n$/m);
});

describe('npm start refuses on one line', () => {
  test('a second start on the same data', async (t) => {
    const cwd = folder(t);
    await start(t, cwd).prints(/Try +curl (\S+)\n/);
    await assertRefuses(start(t, cwd), /data/);
  });

  test('a port of the broker that is taken', async (t) => {
    const port = await takenPort(t);
    await assertRefuses(start(t, folder(t), { MQ_PORT: `${port}` }), new RegExp(`${port}`));
  });

  test('a port of the web app that is taken', async (t) => {
    const port = await takenPort(t);
    const message = new RegExp(`^error: port ${port} of the web app is taken: .* set PORT`);
    await assertRefuses(start(t, folder(t), { PORT: `${port}` }), message);
  });

  test('a data directory that cannot be written', async (t) => {
    const cwd = folder(t);
    // A file where the directory should be stops every user, the superuser too.
    writeFileSync(join(cwd, 'data'), '');
    await assertRefuses(start(t, cwd), /data/);
  });

  test('a broker of MQ_URL that is not there', async (t) => {
    const env = { MQ_PORT: '', MQ_URL: '127.0.0.1:1' };
    await assertRefuses(start(t, folder(t), env), /^error: 127\.0\.0\.1:1 refused the connection/);
  });

  test('a PORT that is no port', async (t) => {
    const message = /^error: The environment variable PORT must be .*, not "http"/;
    await assertRefuses(start(t, folder(t), { PORT: 'http' }), message);
  });

  test('production without MQ_URL', async (t) => {
    const env = { NODE_ENV: 'production' };
    await assertRefuses(
      start(t, folder(t), env),
      /^error: The setting url is missing: in production/,
    );
  });
});
