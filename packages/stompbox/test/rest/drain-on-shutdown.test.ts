import assert from 'node:assert/strict';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { drainOnShutdown } from 'stompbox/rest';
import { type Gate, gate, settled } from '../support/events.js';
import { ManualTimers } from '../support/manual-timers.js';
import { MemoryLogger } from '../support/memory-logger.js';

interface Scene {
  readonly server: Server;
  readonly journal: string[];
  readonly logger: MemoryLogger;
  readonly signal: Gate<string>;
  readonly messaging: { stopListeners(): Promise<void>; close(): Promise<void> };
  /** The answer to a request over a connection that the client keeps. */
  ask(): Promise<IncomingMessage>;
}

async function scene(context: TestContext, onRequest: () => Promise<void>): Promise<Scene> {
  const journal: string[] = [];
  const server = createServer((_request, response) => {
    onRequest().then(() => {
      journal.push('answered');
      response.end('ok');
    }, assert.fail);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  context.after(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  return {
    server,
    journal,
    logger: new MemoryLogger(),
    signal: gate<string>(),
    messaging: {
      stopListeners: async () => void journal.push('listeners stopped'),
      close: async () => void journal.push('closed'),
    },
    ask: () =>
      new Promise((resolve, reject) => {
        get({ port, agent, host: '127.0.0.1' }, resolve).on('error', reject);
      }),
  };
}

describe('draining a web application', () => {
  test('nothing happens before the signal', async (t) => {
    const { server, messaging, journal, logger, signal } = await scene(t, async () => {});
    void drainOnShutdown(server, messaging, { logger }, { signal: () => signal.promise });
    await settled();
    assert.deepEqual(journal, []);
    assert.equal(server.listening, true);
  });

  test('stops listeners, lets a running request finish, then closes the service', async (t) => {
    const begun = gate();
    const allowed = gate();
    const { server, messaging, journal, logger, signal, ask } = await scene(t, () => {
      begun.open();
      return allowed.promise;
    });
    const draining = drainOnShutdown(
      server,
      messaging,
      { logger },
      { signal: () => signal.promise },
    );
    const asking = ask();
    await begun.promise;
    signal.open('SIGTERM');
    await settled();
    assert.deepEqual(journal, ['listeners stopped']);
    assert.equal(server.listening, false);
    allowed.open();
    assert.equal(await text(await asking), 'ok');
    assert.equal(await draining, 0);
    assert.deepEqual(journal, ['listeners stopped', 'answered', 'closed']);
    assert.match(logger.lines[0] ?? '', /info: SIGTERM: running requests/);
  });

  test('is not held up by a connection that a client keeps open', async (t) => {
    const { server, messaging, logger, signal, ask } = await scene(t, async () => {});
    await text(await ask());
    server.keepAliveTimeout = 1_000_000;
    const ports = { signal: () => signal.promise };
    const draining = drainOnShutdown(server, messaging, { logger }, ports);
    signal.open('SIGINT');
    assert.equal(await draining, 0);
  });

  test('cuts what takes too long, closes the service all the same, and ends with 1', async (t) => {
    const begun = gate();
    const timers = new ManualTimers();
    const { server, messaging, journal, logger, signal, ask } = await scene(t, () => {
      begun.open();
      return gate().promise;
    });
    const ports = { signal: () => signal.promise, clock: timers.clock };
    const draining = drainOnShutdown(server, messaging, { logger, timeoutMs: 700 }, ports);
    const asking = ask();
    await begun.promise;
    signal.open('SIGTERM');
    await settled();
    assert.ok(timers.delaysMs.includes(700));
    timers.fire();
    assert.equal(await draining, 1);
    await assert.rejects(asking, { code: 'ECONNRESET' });
    assert.deepEqual(journal, ['listeners stopped', 'closed']);
    assert.match(
      logger.lines.at(-1) ?? '',
      /error: The application did not close in order within 700/,
    );
  });

  test('ends with 1 when the service could not close in order', async (t) => {
    const { server, messaging, logger, signal } = await scene(t, async () => {});
    const failing = { ...messaging, close: () => Promise.reject(new Error('3 messages left')) };
    const ports = { signal: () => signal.promise };
    const draining = drainOnShutdown(server, failing, { logger }, ports);
    signal.open('SIGTERM');
    assert.equal(await draining, 1);
    assert.match(logger.lines.join(), /error: 3 messages left/);
  });
});
