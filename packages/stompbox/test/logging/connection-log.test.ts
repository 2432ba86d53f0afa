/** What the log says of a connection. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, ConnectionError, type ConnectionStatus } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { logStatus } from '../../dist/connection-log.js';
import { MemoryLogger } from '../support/memory-logger.js';

const lost = ConnectionError.of('STOMP_NET_CLOSED', ['SEND']);
const peer = '127.0.0.1:61613';

function logged(...statuses: readonly ConnectionStatus[]): readonly string[] {
  const logger = new MemoryLogger();
  for (const status of statuses) logStatus(status, logger);
  return logger.lines;
}

describe('the log of a connection', () => {
  test('tells of losses and of what mends them', () => {
    const connected = { type: 'connected', peer, version: '1.2', server: undefined } as const;
    assert.deepEqual(
      logged(
        { type: 'connecting', peer, attempt: 1 },
        { ...connected, isReconnect: false },
        { type: 'reconnecting', error: lost },
        { type: 'connect-failed', peer, attempt: 1, error: new Error('refused') },
        { type: 'waiting', attempt: 2, delayMs: 100 },
        { ...connected, isReconnect: true },
        { type: 'closing' },
        { type: 'closed', error: undefined },
      ),
      [
        `warn: ${lost.message}; connecting again`,
        'debug: attempt 1 failed: refused',
        `info: connected again to ${peer}`,
      ],
    );
  });

  test('tells of every message that will not arrive', () => {
    assert.deepEqual(
      logged(
        { type: 'messages-discarded', subscriptionId: 's1', count: 3 },
        { type: 'slow-consumer', subscriptionId: 's1', waitingMessages: 1_000 },
        { type: 'send-dropped', destination: '/queue/orders' },
        { type: 'send-failed', destination: '/queue/orders', error: new Error('disk full') },
        { type: 'sends-restored', count: 2, damage: [new Error('record 3 is torn')] },
      ),
      [
        'warn: 3 messages arrived that nobody took any more',
        'warn: 1000 messages wait for a slow listener',
        'warn: a message to /queue/orders made room for younger ones, and was not sent',
        'error: a message to /queue/orders that was to be kept failed: disk full',
        'info: 2 messages of an earlier process are sent now',
        'error: some of them were lost: record 3 is torn',
      ],
    );
  });

  test('tells what the broker refuses', () => {
    const headers = FrameHeaders.from({ message: 'no such queue' });
    const frame = { command: 'ERROR', headers, body: new Uint8Array() } as const;
    const error = BrokerError.refused('SUBSCRIBE', frame);
    assert.deepEqual(
      logged(
        { type: 'broker-error', error },
        { type: 'subscription-refused', subscriptionId: 's1', destination: '/queue/a', error },
      ),
      [
        `error: ${error.message}`,
        `error: the broker no longer allows to receive from /queue/a: ${error.message}`,
      ],
    );
  });
});
