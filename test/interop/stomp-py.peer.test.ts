/** stomp.py, a STOMP client of other authors, against the embedded broker over TCP. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Broker, startBroker } from '@stompbox/broker';
import { needs } from '../peer-programs.js';
import { repository } from '../repository.js';

/** Debian's python3-stomp belongs to this one; `python3` on the path may be another. */
const PYTHON = '/usr/bin/python3';
const CLIENT = path.join(repository, 'test/interop/stomp-py-client.py');
const installed = needs(PYTHON, ['-c', 'import stomp'], 'apt-get install -y python3-stomp');
const run = promisify(execFile);

describe('stomp.py and the embedded broker', installed, () => {
  let broker: Broker;

  before(async () => {
    broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  });

  after(async () => {
    await broker.close();
  });

  async function play(version: string, scenario: string): Promise<Record<string, unknown>> {
    const port = String(broker.connectors[0]?.port);
    const { stdout } = await run(PYTHON, [CLIENT, port, version, scenario], { timeout: 60_000 });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  for (const version of ['1.0', '1.1', '1.2']) {
    test(`${version}: a text arrives with its headers and without content-length`, async () => {
      const { subscription, ...result } = await play(version, 'text');
      assert.deepEqual(result, {
        body: 'grüße 🐇',
        colour: version === '1.0' ? 'a:b' : 'a:b\\c',
        destination: '/queue/py.text',
        has_length: false,
      });
      assert.equal(subscription, '1');
    });

    test(`${version}: bytes with NUL arrive with their length`, async () => {
      const expected = { body: [0, 1, 255, 10, 0], length: '5' };
      assert.deepEqual(await play(version, 'binary'), expected);
    });

    test(`${version}: what was not acknowledged comes again, marked as redelivered`, async () => {
      assert.deepEqual(await play(version, 'redelivery'), {
        first: ['one', 'two'],
        again: 'two',
        redelivered: 'true',
      });
    });

    test(`${version}: a transaction arrives whole or not at all`, async () => {
      assert.deepEqual(await play(version, 'transaction'), {
        receipts: ['aborted', 'committed'],
        bodies: ['one', 'two'],
        more: 0,
      });
    });

    test(`${version}: every subscriber of a topic gets the message`, async () => {
      assert.deepEqual(await play(version, 'topic'), { bodies: ['news', 'news'] });
    });

    test(`${version}: a refused frame is answered with its code, and the connection ends`, async () => {
      const { code, receipt } = await play(version, 'refused');
      assert.match(String(code), /^STOMP_PROTO_/);
      assert.equal(receipt, 'refused');
    });
  }

  for (const version of ['1.1', '1.2']) {
    test(`${version}: heart-beats keep an idle connection open`, async () => {
      assert.deepEqual(await play(version, 'heartbeat'), { connected: true });
    });
  }
});
