/** What users of other clients complain about errors: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { connect, frameLog } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose } from '../support/loss.js';
import { scene, stage, typesOf } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';
import { startTcpBroker } from '../support/tcp-broker.js';

/** Runs a program of its own against a broker that it can reach as `url`. */
async function runAgainst(
  url: string,
  code: string,
  onLine: (line: string) => void = () => {},
): Promise<{ code: number | null; output: string }> {
  const source = `import { connect } from '@stompbox/client';\nconst url = ${JSON.stringify(url)};\n${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    // In here, so that the package is found by its name.
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', onLine);
  const [errors, [exitCode]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
  return { code: exitCode, output: errors };
}

async function brokerUrl(t: TestContext) {
  const broker = await startTcpBroker();
  t.after(() => broker.close());
  return { broker, url: `stomp://127.0.0.1:${broker.port}` };
}

describe('a process without any error listener', () => {
  // gdaws/stompit#85, #89, amqp-node/amqplib#153, #266, #338
  test('survives the loss of its connection, with sends and a loop under way', async (t) => {
    const { broker, url } = await brokerUrl(t);
    const { code, output } = await runAgainst(
      url,
      `const connection = await connect(url, { reconnect: false });
       await connection.subscribe('/queue/a', { ack: 'client-individual' });
       process.stdout.write('ready');
       await connection.closed;
       await new Promise((resolve) => setImmediate(resolve));
       process.exitCode = 7;`,
      () => broker.sockets[0]?.resetAndDestroy(),
    );
    assert.equal(output, '');
    assert.equal(code, 7, 'it came to its end');
  });

  // gdaws/stompit#85: "connection ended without disconnect receipt"
  test('survives a broker that closes instead of confirming DISCONNECT', async (t) => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('CONNECTED\nversion:1.2\n\n\0');
        socket.once('data', () => socket.resetAndDestroy());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    const { code, output } = await runAgainst(
      `stomp://127.0.0.1:${address.port}`,
      'const connection = await connect(url); await connection.close(); process.exitCode = 7;',
    );
    assert.equal(output, '');
    assert.equal(code, 7);
  });

  // gdaws/stompit#23
  test('ends by itself when it closes a connection that is being restored', async (t) => {
    const { broker, url } = await brokerUrl(t);
    const { code, output } = await runAgainst(
      url,
      `const connection = await connect(url, { reconnect: { initialDelayMs: 60_000, jitter: 'none' } });
       connection.onStatus(({ type }) => { if (type === 'waiting') connection.close(); });
       process.stdout.write('ready');`,
      () => broker.sockets[0]?.resetAndDestroy(),
    );
    assert.equal(output, '');
    assert.equal(code, 0);
  });
});

describe('what application code throws', () => {
  // gdaws/stompit#7
  test('in a listener is neither swallowed nor does it end the connection', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const { connection, broker } = await scene();
    connection.onStatus(() => {
      throw new Error('thrown by a listener');
    });
    broker.session.error('something');
    await until(() => warnings.length === 1, 'the warning');
    process.off('warning', note);
    assert.match(warnings[0]?.message ?? '', /thrown by a listener/);
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  // redis/ioredis and nats-io/nats.js: a handler that throws must not unwind the parser
  test('in a handler does not lose the messages that came in the same chunk', async () => {
    const { connection, broker, events } = await scene();
    const seen: string[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => {
      seen.push(message.text());
      if (message.text() === '1') throw new Error('no');
    });
    const frame = (n: number) =>
      `MESSAGE\nsubscription:${id}\nmessage-id:${n}\ndestination:/queue/a\n\n${n}\0`;
    broker.session.writeRaw(frame(1) + frame(2) + frame(3));
    await until(() => seen.length === 3, 'all three');
    assert.deepEqual(seen, ['1', '2', '3']);
    assert.ok(typesOf(events).includes('handler-failed'));
    await connection.close();
  });
});

describe('what happens is told', () => {
  // stomp-js/stompjs#161: one slot for each callback
  test('to several parts of an application, each of which may stop listening', async () => {
    const all = await scene();
    const heard: string[] = [];
    all.connection.onStatus(({ type }) => void heard.push(`a ${type}`));
    const stop = all.connection.onStatus(({ type }) => void heard.push(`b ${type}`));
    all.broker.session.error('one');
    await until(() => heard.length === 2, 'both');
    stop();
    all.broker.session.error('two');
    await until(() => heard.length === 3, 'the other one');
    assert.deepEqual(heard, ['a broker-error', 'b broker-error', 'a broker-error']);
    await all.connection.close();
  });

  // stomp-js/stompjs logs CONNECT with its passcode
  test('without the passcode, in logs of frames, events, errors and printed objects', async () => {
    const passcode = 'hunter2-Zq';
    const { broker, options, events } = stage({ login: 'joe', passcode });
    const lines: string[] = [];
    const onFrame = frameLog((line) => void lines.push(line), { bodies: true });
    const connection = await connect('stomp://mq', { ...options, onFrame });
    broker.answers.set('CONNECT', (_frame, session) => session.error('no'));
    await lose({ broker, connection, events, clock: options.clock as never });
    assert.ok(
      lines.some((line) => line.includes('CONNECT ')),
      'CONNECT is logged',
    );
    const shown = inspect([lines, events, connection], { depth: 20, showHidden: true });
    assert.ok(!shown.includes(passcode));
    await connection.close();
  });

  // stomp-js/stompjs: acknowledging a message without the ids that it needs does nothing
  test('when an acknowledgement is not possible, by its promise', async () => {
    const { connection, broker } = await scene();
    const got: (() => Promise<void>)[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => {
      got.push(() => message.ack());
    });
    broker.session.message(id, '1');
    await until(() => got.length === 1, 'the message');
    await assert.rejects(async () => got[0]?.(), { code: 'STOMP_PROTO_UNEXPECTED_FRAME' });
    await connection.close();
  });
});

// jasonrbriggs/stomp.py: the class decides the version; Spring offers 1.1 and 1.2 alone
test('the version is agreed on with the broker, the same code works with each', async () => {
  for (const version of ['1.0', '1.1', '1.2'] as const) {
    const { broker, options } = stage();
    broker.connected = version === '1.0' ? {} : { version };
    const connection = await connect('stomp://mq', options);
    assert.equal(broker.session.frames[0]?.headers.get('accept-version'), '1.0,1.1,1.2');
    assert.equal(connection.version, version);
    let isHandled = false;
    const mode = { ack: 'client', id: 's' } as const;
    await connection.subscribe('/queue/a', mode, async (message) => {
      await message.ack();
      isHandled = true;
    });
    broker.session.message('s', '1');
    await until(() => isHandled, version);
    await settle();
    const acks = broker.session.received('ACK').map(({ headers }) => [...headers]);
    const old = [
      ['message-id', '1'],
      ['subscription', 's'],
    ];
    assert.deepEqual(acks, [version === '1.2' ? [['id', 'ack-1']] : old]);
    await connection.close();
  }
});

// gdaws/stompit#14
test('a subscription can be ended before its first message', async () => {
  const { connection, broker } = await scene();
  const subscription = await connection.subscribe('/queue/a', {}, () => {});
  await subscription.unsubscribe();
  assert.equal(broker.session.received('UNSUBSCRIBE')[0]?.headers.get('id'), subscription.id);
  await connection.close();
});
