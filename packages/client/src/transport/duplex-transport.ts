/**
 * STOMP over a stream that the application opened itself: through a proxy, an SSH tunnel, a pipe to
 * another process, a worker. A stream lives once; a connection that is to come back after a loss
 * needs a function that opens the next one.
 */
import { OptionsError } from '@stompbox/protocol';
import {
  formatAddress,
  type ServerAddress,
  type Transport,
  type TransportFactory,
} from '../transport.js';
import { type NodeStream, StreamTransport } from './stream-transport.js';
import { type WebStreams, WebStreamTransport } from './web-stream-transport.js';

/** A Duplex of Node, or the two halves that web APIs give. */
export type DuplexStream = NodeStream | WebStreams;

/** Opens one more stream to the server; gives up when the signal aborts. */
export type OpenDuplex = (
  server: ServerAddress,
  signal: AbortSignal,
) => DuplexStream | Promise<DuplexStream>;

/**
 * Makes the option `transport` of `connect` from a stream that is open already, or from a function
 * that opens one for each attempt. The URL then only names the server.
 *
 * @throws OptionsError `STOMP_OPT_INVALID` when it is neither
 */
export function duplexTransport(stream: DuplexStream | OpenDuplex): TransportFactory {
  if (typeof stream === 'function') {
    return async (server, signal) => asTransport(await stream(server, signal), server);
  }
  checkStream(stream);
  let isUsed = false;
  return async (server) => {
    if (isUsed) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        'The stream given to duplexTransport has been used and cannot be opened again: pass a ' +
          'function that opens a new one, or reconnect: false',
      );
    }
    isUsed = true;
    return asTransport(stream, server);
  };
}

function asTransport(stream: DuplexStream, server: ServerAddress): Transport {
  checkStream(stream);
  const peer = formatAddress(server);
  return 'readable' in stream && isWebStreams(stream)
    ? new WebStreamTransport(stream, peer)
    : new StreamTransport(stream as NodeStream, peer);
}

/** A Duplex of Node has `readable` too, as a boolean. */
function isWebStreams(stream: object): stream is WebStreams {
  return 'readable' in stream && typeof stream.readable === 'object';
}

function checkStream(stream: DuplexStream): void {
  const isObject = typeof stream === 'object' && stream !== null;
  if (isObject && (isWebStreams(stream) || typeof (stream as NodeStream).on === 'function')) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'duplexTransport takes a Duplex of Node, { readable, writable } of web streams, or a function ' +
      'that opens one of them',
  );
}
