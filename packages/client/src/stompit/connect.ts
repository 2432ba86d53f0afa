/** Opens a socket and connects a client over it. */
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { OptionsError } from '@stompbox/protocol';
import { Client, type ConnectCallback } from './client.js';
import type { ClientOptions } from './client-options.js';
import type { StompitHeaders } from './frame-headers.js';
import { withConnectArgs } from './stompit-error.js';

/** Opens a stream; `isReady` is called when it is connected. */
export type StreamOpener = (options: ConnectOptions, isReady: () => void) => Duplex;

/** All that `net.connect` and `tls.connect` take is possible too, and passed to them. */
export interface ConnectOptions extends ClientOptions, Omit<TlsOptions, 'timeout' | 'socket'> {
  /** Default "localhost". */
  readonly host?: string;
  /** Default 61613. */
  readonly port?: number;
  /** A Unix domain socket instead of host and port. */
  readonly path?: string;
  /** TLS, with the certificate verified. Default false. */
  readonly ssl?: boolean;
  /** Headers of CONNECT: host, login, passcode, heart-beat, accept-version, client-id and more. */
  readonly connectHeaders?: StompitHeaders;
  /** Opens the stream instead of `net` and `tls`. */
  readonly connect?: StreamOpener;
}

const DEFAULTS = { host: 'localhost', port: 61613 };

/**
 * Connects; the callback gets the client when the broker has accepted it, or the error.
 *
 * @throws OptionsError the arguments are not what they should be
 */
export function connect(options: ConnectOptions | string, callback?: ConnectCallback): Client;
export function connect(port: number | string, callback?: ConnectCallback): Client;
export function connect(port: number | string, host?: string, callback?: ConnectCallback): Client;
export function connect(
  target: ConnectOptions | number | string,
  ...rest: readonly (string | ConnectCallback | undefined)[]
): Client {
  const { given, callback } = readArguments(target, rest);
  const options = { ...DEFAULTS, ...given };
  const open = openerOf(options);
  let stream: Duplex | undefined;
  const isReady = new Promise<void>((resolve, reject) => {
    stream = open(options, resolve);
    stream.once('close', () => reject(new Error('The stream was closed before it was connected')));
  });
  if (stream === undefined)
    throw invalidArgument('options.connect a function that returns a stream');
  const client = new Client(stream, options, { isReady, peer: peerOf(options) });
  client.connect(
    { host: options.host, ...options.connectHeaders },
    callback &&
      ((error, connected) => {
        if (error) withConnectArgs(error, options);
        callback(error, connected);
      }),
  );
  return client;
}

interface ReadArguments {
  readonly given: ConnectOptions;
  readonly callback: ConnectCallback | undefined;
}

function readArguments(
  target: ConnectOptions | number | string,
  rest: readonly (string | ConnectCallback | undefined)[],
): ReadArguments {
  const [first, second] = rest;
  const isHost = typeof first === 'string';
  const callback = isHost ? second : first;
  if (typeof callback === 'string') throw invalidArgument('the last argument a function');
  const given = targetOf(target);
  return { given: isHost ? { ...given, host: first } : given, callback };
}

function targetOf(target: ConnectOptions | number | string): ConnectOptions {
  if (typeof target === 'object' && target !== null) return target;
  if (typeof target === 'number' || /^\d+$/.test(target)) {
    const port = Number(target);
    if (Number.isInteger(port) && port >= 0 && port <= 65_535) return { port };
  } else if (typeof target === 'string') return { path: target };
  throw invalidArgument('the first argument options, a port or a path');
}

function peerOf({ path, host, port }: ConnectOptions): string {
  return path ?? `${host}:${port}`;
}

function openerOf({ connect: own, ssl = false }: ConnectOptions): StreamOpener {
  if (own) return own;
  if (typeof ssl !== 'boolean') throw invalidArgument('the option ssl true or false');
  return ssl ? openTls : openTcp;
}

function openTcp(options: ConnectOptions, isReady: () => void): Duplex {
  const { timeout: _timeout, port = DEFAULTS.port, path, ...others } = options;
  const address = path === undefined ? { port } : { path };
  // What is written together must not wait for the acknowledgement of earlier bytes.
  return connectTcp({ ...others, ...address, noDelay: true }, isReady);
}

function openTls(options: ConnectOptions, isReady: () => void): Duplex {
  const { timeout: _timeout, ...others } = options;
  return connectTls(others, isReady).setNoDelay(true);
}

function invalidArgument(expectation: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `connect(): pass as ${expectation}`);
}
