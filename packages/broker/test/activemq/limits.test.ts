/** Bodies and frames that are too large, at the limits with which ActiveMQ tests them, over its transports. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { FrameLimits } from '@stompbox/protocol';
import type { StompClient } from '../stomp-client.js';
import { clientOver, sceneOver } from './every-transport.js';

/** A WebSocket message that is too large is refused by its own rules: see websocket.test.ts. */
const STREAMS = ['memory', 'tcp', 'tls'] as const;
const KIB = 1024;

async function limited(
  t: TestContext,
  kind: (typeof STREAMS)[number],
  limits: Partial<FrameLimits>,
): Promise<StompClient> {
  return clientOver(t, await sceneOver(t, kind, { limits }), kind);
}

function send(client: StompClient, bodyBytes: number, headers = ''): void {
  client.writes(`SEND\ndestination:/queue/a\n${headers}receipt:r\n\n${'X'.repeat(bodyBytes)}\0`);
}

for (const kind of STREAMS) {
  describe(`over ${kind} a body`, () => {
    const limits = { maxBodyBytes: 64 * KIB };

    test('below the limit passes, one above it does not', async (t) => {
      const client = await limited(t, kind, limits);
      send(client, 100);
      await client.receipt('r');
      send(client, 64 * KIB + 100);
      await client.expectsError('STOMP_FRAME_BODY_TOO_LARGE');
    }); // StompMaxDataSizeTest.testOversizedMessageOnPlainSocket, StompMaxDataSizeTest.testOversizedMessageOnNioSocket, StompMaxDataSizeTest.testOversizedMessageOnSslSocket, StompMaxDataSizeTest.testOversizedMessageOnNioSslSocket

    test('is refused by the length that it announces, before it has come', async (t) => {
      const client = await limited(t, kind, limits);
      client.writes(`SEND\ndestination:/queue/a\ncontent-length:${64 * KIB + 1}\n\n`);
      await client.expectsError('STOMP_FRAME_BODY_TOO_LARGE');
    }); // StompMaxDataSizeTest.testOversizedMessageOnPlainSocket
  });

  for (const maxFrameBytes of [64 * KIB, 5 * KIB, 512]) {
    describe(`over ${kind} a frame of at most ${maxFrameBytes} bytes`, () => {
      const limits = { maxFrameBytes };

      test('has no larger body', async (t) => {
        const client = await limited(t, kind, limits);
        send(client, maxFrameBytes + 100);
        const { headers } = await client.expectsError('STOMP_FRAME_TOO_LARGE');
        assert.match(headers['message'] ?? '', /frame is larger than/);
      }); // StompMaxFrameSizeTest.testOversizedBodyOn…

      test('is not larger as a whole', async (t) => {
        const client = await limited(t, kind, limits);
        send(client, maxFrameBytes - 50, `foo:${'y'.repeat(60)}\n`);
        await client.expectsError('STOMP_FRAME_TOO_LARGE');
      }); // StompMaxFrameSizeTest.testOversizedTotalFrameOn…

      test('passes when it is smaller', async (t) => {
        const client = await limited(t, kind, limits);
        await client.subscribes('/queue/a');
        send(client, maxFrameBytes - 100);
        await client.receipt('r');
        assert.equal((await client.nextMessage()).body.length, maxFrameBytes - 100);
      }); // StompMaxFrameSizeTest.testUndersizedTotalFrameOn…

      test('has no longer command', async (t) => {
        const client = await limited(t, kind, limits);
        client.writes(`${'X'.repeat(maxFrameBytes + 100)}\ndestination:/queue/a\n\n\0`);
        await client.expectsError(
          maxFrameBytes > KIB ? 'STOMP_FRAME_COMMAND_TOO_LONG' : 'STOMP_FRAME_TOO_LARGE',
        );
      }); // StompMaxFrameSizeTest.testOversizedActionOn…

      test('has no longer headers', async (t) => {
        const client = await limited(t, kind, limits);
        const lines = Math.ceil(maxFrameBytes / 256) + 1;
        const headers = Array.from({ length: lines }, (_, n) => `h${n}:${'y'.repeat(256)}\n`);
        send(client, 0, headers.join(''));
        await client.expectsError('STOMP_FRAME_TOO_LARGE');
      }); // StompMaxFrameSizeTest.testOversizedHeadersOn…
    });
  }
}
