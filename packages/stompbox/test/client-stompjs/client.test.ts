/**
 * Programs that use a client of stompjs, run with the real library and with the adapter over a
 * WebSocket: they come to the same.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerOptions } from '@stompbox/broker';
import type { IFrame } from '@stompbox/client/stompjs';
import { type Program, runAdapter, runBoth } from './libraries.js';
import { connected, received, sent } from './programs.js';

function same(name: string, expected: unknown, program: Program, options?: BrokerOptions): void {
  test(name, async () => {
    const outcome = await runBoth(program, options);
    assert.deepEqual(outcome.original, expected, 'stompjs itself');
    assert.deepEqual(outcome.adapter, expected);
  });
}

describe('a client of stompjs and one of ours', () => {
  const life = [
    ...['ACTIVE', 'before', 'connected 1.2 true true', 'DEACTIVATING'],
    ...['disconnected bye', 'INACTIVE', 'closed 1000 true', 'done false'],
  ];
  same('go through the same life', life, async ({ stompJs, open }) => {
    const told: string[] = [];
    const { ActivationState } = stompJs;
    await new Promise<void>((resolve) => {
      const client = new stompJs.Client({
        webSocketFactory: open,
        disconnectHeaders: { receipt: 'bye' },
        beforeConnect: async () => {
          told.push('before');
        },
        onChangeState: (state) => told.push(ActivationState[state]),
        onDisconnect: (frame: IFrame) => told.push(`disconnected ${frame.headers['receipt-id']}`),
        onWebSocketClose: ({ code, wasClean }) => told.push(`closed ${code} ${wasClean}`),
        onConnect: (frame: IFrame) => {
          const isSame = frame.headers['version'] === client.connectedVersion;
          told.push(`connected ${client.connectedVersion} ${isSame} ${client.active}`);
          client.deactivate().then(() => {
            told.push(`done ${client.connected}`);
            resolve();
          });
        },
      });
      client.activate();
    });
    return told;
  });

  const text = ['grüße', 'MESSAGE', '/queue/a', 'text/plain', '7', true];
  same('carry text', text, async (stage) => {
    const client = await connected(stage);
    const next = received(client, '/queue/a');
    await sent(client, '/queue/a', 'grüße', { 'content-type': 'text/plain' });
    const { body, command, headers, isBinaryBody } = await next;
    await client.deactivate();
    const { destination, 'content-type': type, 'content-length': length } = headers;
    return [body, command, destination, type, length, isBinaryBody];
  });

  same('carry bytes', [[0, 255, 10, 0], '4', true], async (stage) => {
    const client = await connected(stage);
    const next = received(client, '/queue/a');
    await sent(client, '/queue/a', Uint8Array.of(0, 255, 10, 0));
    const { binaryBody, headers } = await next;
    await client.deactivate();
    const isOwn = binaryBody.buffer.byteLength === 4;
    return [[...binaryBody], headers['content-length'], isOwn];
  });

  same('leave content-length out when told to', ['plain', undefined], async (stage) => {
    const client = await connected(stage);
    const next = received(client, '/queue/a');
    client.publish({ destination: '/queue/a', body: 'plain', skipContentLengthHeader: true });
    const { body, headers } = await next;
    await client.deactivate();
    return [body, headers['content-length']];
  });

  same('carry a body of a megabyte in pieces', 1_048_576, async (stage) => {
    const client = await connected(stage, {
      splitLargeFrames: true,
      maxWebSocketChunkSize: 65_536,
    });
    const next = received(client, '/queue/a');
    client.publish({ destination: '/queue/a', body: 'x'.repeat(1_048_576) });
    const { length } = (await next).body;
    await client.deactivate();
    return length;
  });

  same('send text as binary when told to', 'over binary', async (stage) => {
    const client = await connected(stage, { forceBinaryWSFrames: true });
    const next = received(client, '/queue/a');
    client.publish({ destination: '/queue/a', body: 'over binary' });
    const { body } = await next;
    await client.deactivate();
    return body;
  });

  same('confirm by receipts, those of a SUBSCRIBE too', ['sub', 'sent /queue/a'], async (stage) => {
    const client = await connected(stage);
    const receipts: (string | undefined)[] = [];
    const subscribed = new Promise<void>((resolve) => {
      client.watchForReceipt('sub', (frame) => {
        receipts.push(frame.headers['receipt-id']);
        resolve();
      });
    });
    client.subscribe('/queue/a', () => {}, { receipt: 'sub' });
    await subscribed;
    receipts.push((await sent(client, '/queue/a', 'x')).headers['receipt-id']);
    await client.deactivate();
    return receipts;
  });

  same('tell of receipts that nobody watches for', 'nobody', async (stage) => {
    const client = await connected(stage);
    const told = new Promise<string | undefined>((resolve) => {
      client.onUnhandledReceipt = (frame: IFrame) => resolve(frame.headers['receipt-id']);
    });
    client.publish({ destination: '/queue/a', headers: { receipt: 'nobody' } });
    const receipt = await told;
    await client.deactivate();
    return receipt;
  });

  same('deliver again what was nacked', [undefined, 'true'], async (stage) => {
    const client = await connected(stage);
    const redelivered: (string | undefined)[] = [];
    await sent(client, '/queue/a', 'again');
    await new Promise<void>((resolve) => {
      client.subscribe(
        '/queue/a',
        (message) => {
          redelivered.push(message.headers['redelivered']);
          if (redelivered.length === 1) message.nack();
          else {
            message.ack();
            resolve();
          }
        },
        { ack: 'client-individual' },
      );
    });
    await client.deactivate();
    return redelivered;
  });

  same('commit and abort transactions', ['kept', 'tx-own', true], async (stage) => {
    const client = await connected(stage);
    const next = received(client, '/queue/a');
    const aborted = client.begin();
    const headers = { transaction: aborted.id };
    client.publish({ destination: '/queue/a', body: 'dropped', headers });
    aborted.abort();
    const kept = client.begin('tx-own');
    client.publish({ destination: '/queue/a', body: 'kept', headers: { transaction: kept.id } });
    client.commit(kept.id);
    const { body } = await next;
    await client.deactivate();
    return [body, kept.id, aborted.id.startsWith('tx-')];
  });

  same('acknowledge by ids', 'empty', async (stage) => {
    const client = await connected(stage);
    await sent(client, '/queue/a', 'once');
    await new Promise<void>((resolve) => {
      client.subscribe(
        '/queue/a',
        ({ headers }) => {
          client.watchForReceipt('acked', () => resolve());
          client.ack(headers['ack'] ?? '', headers['subscription'] ?? '', { receipt: 'acked' });
        },
        { ack: 'client', id: 'mine' },
      );
    });
    client.unsubscribe('mine');
    await sent(client, '/queue/a', 'empty');
    const { body } = await received(client, '/queue/a');
    await client.deactivate();
    return body;
  });

  same('tell what the broker refused', ['ERROR', true, 'closed'], async (stage) => {
    const client = await connected(stage);
    const told = await new Promise<unknown[]>((resolve) => {
      const all: unknown[] = [];
      client.onStompError = (frame: IFrame) => {
        all.push(frame.command, (frame.headers['message'] ?? '').length > 0);
      };
      client.onWebSocketClose = () => resolve([...all, 'closed']);
      client.commit('never-begun');
    });
    await client.deactivate();
    return told;
  });

  same('throw while there is no connection', ['TypeError', 'TypeError'], async ({ stompJs }) => {
    const client = new stompJs.Client({ brokerURL: 'ws://127.0.0.1:1' });
    const names: string[] = [];
    for (const call of [
      () => client.publish({ destination: '/queue/a', body: '' }),
      () => client.subscribe('/queue/a', () => {}),
    ]) {
      try {
        call();
      } catch (error) {
        names.push((error as Error).name);
      }
    }
    return names;
  });

  const again = ['connect', 'lost 1006', 'connect', 'after the loss'];
  same('connect again after a loss, and subscribe in onConnect', again, async (stage) => {
    const told: string[] = [];
    const { stompJs, open, cut } = stage;
    const client = new stompJs.Client({ webSocketFactory: open, reconnectDelay: 1 });
    await new Promise<void>((resolve) => {
      client.onWebSocketClose = ({ code }) => {
        if (told.length < 3) told.push(`lost ${code}`);
      };
      client.onConnect = () => {
        told.push('connect');
        if (told.length === 1) {
          cut();
          return;
        }
        client.subscribe('/queue/a', ({ body }) => {
          told.push(body);
          resolve();
        });
        client.publish({ destination: '/queue/a', body: 'after the loss' });
      };
      client.activate();
    });
    await client.deactivate();
    return told;
  });

  same('speak the version that they were told to', ['1.1', 'm'], async (stage) => {
    const client = await connected(stage, { stompVersions: new stage.stompJs.Versions(['1.1']) });
    const next = received(client, '/queue/a');
    await sent(client, '/queue/a', 'm');
    const { body } = await next;
    const version = client.connectedVersion;
    await client.deactivate();
    return [version, body];
  });

  same('work over @stomp/tcp-wrapper', 'by TCP', async (stage) => {
    const client = await connected(stage, { webSocketFactory: stage.openTcp });
    const next = received(client, '/queue/a');
    await sent(client, '/queue/a', 'by TCP');
    const { body } = await next;
    await client.deactivate();
    return body;
  });

  const names = ['grüße', '/queue/a', 'grüße', '1.2'];
  same('know the names of the time before version 5', names, async ({ stompJs, open }) => {
    const client = stompJs.Stomp.over(open);
    client.debug = () => {};
    client.heartbeat.outgoing = 0;
    client.heartbeat = { incoming: 0, outgoing: 0 };
    client.reconnect_delay = 0;
    const told = await new Promise<unknown[]>((resolve) => {
      client.connect('user', 'pass', () => {
        client.subscribe('/queue/a', (message) => {
          const { destination, custom } = message.headers;
          resolve([message.body, destination, custom, client.version]);
        });
        client.send('/queue/a', { custom: 'grüße', 'content-length': false }, 'grüße');
      });
    });
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
    return told;
  });
});

describe('the adapter alone', () => {
  test('needs no global WebSocket', async () => {
    const version = await runAdapter(async (stage) => {
      const client = await connected(stage, { brokerURL: stage.url });
      const { connectedVersion } = client;
      await client.deactivate();
      return connectedVersion;
    });
    assert.equal(version, '1.2');
  });

  test('brings a path of Windows in a header through unharmed', async () => {
    const value = await runAdapter(async (stage) => {
      const client = await connected(stage);
      const next = received(client, '/queue/a');
      await sent(client, '/queue/a', 'x', { path: 'C:\\new\\raw' });
      const { headers } = await next;
      await client.deactivate();
      return headers['path'];
    });
    assert.equal(value, 'C:\\new\\raw');
  });

  test('keeps ten thousand messages in order', async () => {
    const count = 10_000;
    const bodies = await runAdapter(async (stage) => {
      const client = await connected(stage);
      const all: string[] = [];
      await new Promise<void>((resolve) => {
        client.subscribe('/queue/a', ({ body }) => {
          if (all.push(body) === count) resolve();
        });
        for (let n = 0; n < count; n++) client.publish({ destination: '/queue/a', body: `${n}` });
      });
      await client.deactivate();
      return all;
    });
    assert.deepEqual(
      bodies,
      Array.from({ length: count }, (_, n) => `${n}`),
    );
  });
});
