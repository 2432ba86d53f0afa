import { FrameHeaders } from '@stompbox/protocol';
import type { ProcessTrace } from '../../dist/tracing/process-channel.js';

/** The context of an attempt at `/queue/orders`, with what a test wants otherwise. */
export function processTrace(own: Partial<ProcessTrace> = {}): ProcessTrace {
  return {
    peer: '127.0.0.1:61613',
    serverAddress: '127.0.0.1',
    serverPort: 61613,
    system: 'stompbox',
    listener: 'onOrder',
    subscribedTo: '/queue/orders',
    destination: '/queue/orders',
    messageId: 'm1',
    correlationId: 'c1',
    attempt: 1,
    maxAttempts: 6,
    headers: new FrameHeaders([]),
    batchSize: undefined,
    ...own,
  };
}
