/** Which server is tried when, and how a failover URI is read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type Client,
  ConnectFailover,
  type ConnectFailoverOptions,
  type ConnectFunction,
  type ConnectOptions,
  type StompitError,
} from '@stompbox/client/stompit';
import { FakeClock, settle } from '../support/fake-clock.js';

type Outcome = 'refused' | 'forbidden' | 'connected' | 'silent';

interface Scene {
  readonly clock: FakeClock;
  /** Hosts in the order they were tried. */
  readonly tried: string[];
  /** Clients that were destroyed. */
  readonly destroyed: string[];
  readonly options: ConnectFailoverOptions;
}

/** @param outcomes what becomes of each attempt; the last one holds for all that follow */
function scene(outcomes: readonly Outcome[], more: ConnectFailoverOptions = {}): Scene {
  const clock = new FakeClock();
  const tried: string[] = [];
  const destroyed: string[] = [];
  const connectFunction: ConnectFunction = (options, callback) => {
    const host = options.host ?? '';
    const outcome = outcomes[Math.min(tried.length, outcomes.length - 1)];
    tried.push(host);
    const client = { host, destroy: () => destroyed.push(host) } as unknown as Client;
    const isForbidden = outcome === 'forbidden';
    const error = Object.assign(new Error(`${host} ${outcome}`), {
      isTransportError: () => !isForbidden,
      isProtocolError: () => false,
      isApplicationError: () => isForbidden,
    });
    const result = outcome === 'connected' ? null : error;
    if (outcome !== 'silent') setImmediate(callback, result, client);
    return client;
  };
  return { clock, tried, destroyed, options: { connectFunction, clock, random: () => 0, ...more } };
}

const hosts = (...names: string[]): ConnectOptions[] => names.map((host) => ({ host, port: 1 }));

describe('failover', () => {
  test('waits longer for a server the more often it has failed', async () => {
    const { options, clock, tried } = scene(['refused']);
    new ConnectFailover(hosts('a'), options).connect(() => {});
    const counts: number[] = [];
    for (const ms of [9, 1, 29, 1, 69, 1]) {
      await settle();
      await clock.advance(ms);
      counts.push(tried.length);
    }
    assert.deepEqual(counts, [1, 2, 2, 3, 3, 4]);
  });

  test('goes round all servers, those after the first in random order', async () => {
    const { options, clock, tried } = scene(['refused']);
    new ConnectFailover(hosts('a', 'b', 'c', 'd'), options).connect(() => {});
    for (let round = 0; round < 6; round++) await clock.advance(0);
    assert.deepEqual(tried, ['a', 'c', 'd', 'b']);
    const ordered = scene(['refused'], { randomize: false });
    new ConnectFailover(hosts('a', 'b', 'c'), ordered.options).connect(() => {});
    for (let round = 0; round < 6; round++) await ordered.clock.advance(0);
    assert.deepEqual(ordered.tried, ['a', 'b', 'c']);
  });

  test('does not ask again who refused us', async () => {
    const { options, clock, tried } = scene(['forbidden', 'refused', 'connected']);
    const connected = new Promise((resolve) => {
      new ConnectFailover(hosts('a', 'b'), options).connect((_error, client) => resolve(client));
    });
    for (let round = 0; round < 3; round++) await clock.advance(10);
    assert.deepEqual(tried, ['a', 'b', 'b']);
    assert.equal(((await connected) as { host: string }).host, 'b');
  });

  test('tells the reason of the only server, or of all', async () => {
    const one = scene(['forbidden']);
    const failed = new Promise<Error | null>((resolve) => {
      new ConnectFailover(hosts('a'), one.options).connect(resolve);
    });
    assert.equal((await failed)?.message, 'a forbidden');
    const all = scene(['refused'], { maxReconnects: 1 });
    const exhausted = new Promise<Error | null>((resolve) => {
      new ConnectFailover(hosts('a', 'b'), all.options).connect(resolve);
    });
    for (let round = 0; round < 3; round++) await all.clock.advance(10);
    const error = await exhausted;
    assert.equal((error as StompitError).code, 'STOMP_NET_UNREACHABLE');
    assert.match(error?.message ?? '', /a refused; b refused/);
  });

  test('has nothing to try without servers', async () => {
    const failed = new Promise<Error | null>((resolve) => new ConnectFailover([]).connect(resolve));
    assert.match((await failed)?.message ?? '', /No server is left/);
  });

  test('pauses when a client is lost, so that nobody is called in a loop', async () => {
    const { options, clock, tried } = scene(['connected']);
    let again = () => {};
    new ConnectFailover(hosts('a'), options).connect((_error, _client, reconnect) => {
      again = reconnect;
    });
    await settle();
    again();
    again();
    await clock.advance(9);
    assert.equal(tried.length, 1);
    await clock.advance(1);
    assert.equal(tried.length, 2);
  });

  test('can be ended while it connects, and while it waits', async () => {
    const silent = scene(['silent']);
    new ConnectFailover(hosts('a'), silent.options)
      .connect(() => assert.fail('it is over'))
      .abort();
    assert.deepEqual(silent.destroyed, ['a']);
    const { options, clock, tried } = scene(['refused']);
    const attempt = new ConnectFailover(hosts('a'), options).connect(() =>
      assert.fail('it is over'),
    );
    await settle();
    attempt.abort();
    await clock.advance(60_000);
    assert.equal(tried.length, 1);
    assert.equal(clock.timerCount, 0);
  });

  test('takes servers that are added later', async () => {
    const { options, clock, tried } = scene(['refused', 'connected']);
    const failover = new ConnectFailover(hosts('a'), options);
    failover.addServer('stomp://b:2');
    failover.connect(() => {});
    await settle();
    await clock.advance(10);
    assert.deepEqual(tried, ['a', 'b']);
  });

  test('says in events what was tried, and where it is', async () => {
    const { options } = scene(['refused'], { maxReconnects: 1 });
    const failover = new ConnectFailover(['ssl://me:hidden@a:7'], options);
    const told: unknown[] = [];
    failover.on('error', (error, { serverProperties, failedConnects }) => {
      const { pseudoUri, transport, connectArgs } = serverProperties.remoteAddress;
      told.push(pseudoUri, transport, failedConnects, error.connectArgs === connectArgs);
    });
    await new Promise((resolve) => failover.connect(resolve));
    assert.deepEqual(told, ['stomp+ssl://me@a:7', 'ssl', 0, true]);
  });

  for (const [name, value] of Object.entries({
    initialReconnectDelay: -1,
    maxReconnects: -2,
    reconnectDelayExponent: '2',
  })) {
    test(`refuses ${name} ${value}`, () => {
      const options = { [name]: value } as unknown as ConnectFailoverOptions;
      assert.throws(() => new ConnectFailover(hosts('a'), options), {
        code: 'STOMP_OPT_INVALID',
        message: new RegExp(name),
      });
    });
  }

  test('refuses options and servers that it does not know', () => {
    const misspelt = { maxReconnect: 1 } as ConnectFailoverOptions;
    assert.throws(() => new ConnectFailover(hosts('a'), misspelt), { code: 'STOMP_OPT_UNKNOWN' });
    assert.throws(() => new ConnectFailover([7 as never]), { code: 'STOMP_OPT_INVALID' });
  });
});

describe('a failover URI', () => {
  async function optionsOf(uri: string): Promise<ConnectOptions> {
    const seen: ConnectOptions[] = [];
    const connectFunction: ConnectFunction = (options) => {
      seen.push(options);
      return { destroy: () => {} } as unknown as Client;
    };
    new ConnectFailover(uri, { connectFunction }).connect(() => {}).abort();
    return seen[0] ?? assert.fail('nothing was tried');
  }

  for (const [uri, expected] of [
    ['failover:(stomp://a:7)', { host: 'a', port: 7, ssl: false }],
    ['failover:(ssl://a)', { host: 'a', port: 61613, ssl: true }],
    ['stomp+ssl://a,stomp://b', { host: 'a', port: 61613, ssl: true }],
    ['failover:([::1]:7)', { host: '::1', port: 7 }],
    ['failover:(unix:///run/stomp)', { path: '/run/stomp', ssl: false }],
    ['failover:(a)?connect[ssl]=true', { host: 'a', port: 61613, ssl: true }],
  ] as const) {
    test(`${uri} is understood`, async () => {
      const { connectHeaders, ...options } = await optionsOf(uri);
      assert.deepEqual(options, expected);
      assert.deepEqual(connectHeaders, {});
    });
  }

  test('carries headers of each server and of all', async () => {
    const uri = 'failover:(me:p%40ss@a)?connect[connectHeaders][host]=v&connect[timeout]=50';
    const { connectHeaders, timeout } = await optionsOf(uri);
    assert.deepEqual(connectHeaders, { host: 'v', login: 'me', passcode: 'p%40ss' });
    assert.equal(timeout, 50);
  });

  test('sets delays, and refuses what is none', () => {
    const query = 'initialReconnectDelay=5&useExponentialBackOff=false&randomize=0&maxReconnects=3';
    const failover = new ConnectFailover(`failover:(a)?${query}`);
    assert.deepEqual(
      [0, 1, 7].map((n) => failover.getReconnectDelay(n)),
      [0, 5, 5],
    );
    for (const wrong of [
      'maxReconnects=often',
      'randomize=perhaps',
      'connect=1',
      'connect[ssl]=x',
    ]) {
      assert.throws(() => new ConnectFailover(`failover:(a)?${wrong}`), {
        code: 'STOMP_OPT_INVALID',
      });
    }
  });

  test('reads the files that it names', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'failover-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, 'a certificate');
    const { ca } = await optionsOf(`failover:(ssl://a)?connect[ca]=${file}`);
    assert.equal(String(ca), 'a certificate');
    const missing = `failover:(ssl://a)?connect[ca]=${file}.missing`;
    assert.throws(() => new ConnectFailover(missing), { code: 'STOMP_OPT_INVALID' });
  });

  test('does not show a passcode in its errors', () => {
    assert.throws(
      () => new ConnectFailover('failover:(me:hidden@a b)'),
      (error: Error) => !error.message.includes('hidden'),
    );
  });
});
