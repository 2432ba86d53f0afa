/**
 * Reads stompit's `failover:(server,server)?option=value&connect[option]=value`, and its servers:
 *
 *   [tcp:// | stomp:// | ssl:// | stomp+ssl://][login:passcode@]host[:port]     unix:///path
 *
 * Login and passcode are taken as they are, without percent-decoding. No error quotes what may be
 * part of a passcode. `connect[ca]`, `cert`, `key` and `pfx` name files, which are read at once.
 */
import { readFileSync } from 'node:fs';
import { OptionsError } from '@stompbox/protocol';
import type { ConnectOptions } from './connect.js';

export interface FailoverUri {
  readonly servers: readonly string[];
  /** As the constructor takes them. */
  readonly options: Readonly<Record<string, unknown>>;
}

type Tree = { [name: string]: string | number | boolean | Buffer | Tree };

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['initialReconnectDelay', 0],
  ['maxReconnectDelay', 0],
  ['reconnectDelayExponent', 0],
  ['maxReconnects', -1],
]);
const FLAGS: ReadonlySet<string> = new Set(['useExponentialBackOff', 'randomize']);
const FILES = ['pfx', 'key', 'cert', 'ca'];

/** @throws OptionsError that names the option */
export function parseFailoverUri(uri: string): FailoverUri {
  const [, list, query] = /^failover:\((.*)\)(?:\?(.*))?$/s.exec(uri.trim()) ?? [
    undefined,
    uri,
    '',
  ];
  const servers = (list ?? '').split(',').filter((server) => server.trim() !== '');
  const options: Tree = {};
  for (const [name, value] of new URLSearchParams(query ?? '')) setOption(options, name, value);
  if (isTree(options['connect'])) readFiles(options['connect']);
  else if (options['connect'] !== undefined)
    throw invalid('connect', 'written connect[option]=value');
  return { servers, options };
}

/** @throws OptionsError */
export function parseServerUri(uri: string): ConnectOptions {
  const text = uri.trim();
  const unix = /^unix:\/\/(\/.+)$/.exec(text)?.[1] ?? (text.startsWith('/') ? text : undefined);
  if (unix !== undefined) return { path: unix, ssl: false };
  const pattern =
    /^(?:([\w+]+):\/\/)?(?:([^:]+):([^@]+)@)?(?:\[([\da-fA-F:]+)\]|([\w.-]+))(?::(\d+))?$/;
  const found = pattern.exec(text);
  const [, scheme, login, passcode, address, name, port] = found ?? [];
  const host = address ?? name;
  if (host === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'A server of a failover list cannot be read: write [ssl://][login:passcode@]host[:port]',
    );
  }
  return {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(scheme === undefined ? {} : { ssl: isTls(scheme) }),
    connectHeaders: login === undefined ? {} : { login, passcode },
  };
}

function isTls(scheme: string): boolean {
  return scheme === 'ssl' || scheme === 'stomp+ssl';
}

function setOption(options: Tree, name: string, value: string): void {
  // connect[connectHeaders][login] is a path into objects.
  const path = [...name.replaceAll(']', '').split('[')];
  const last = path.pop() ?? '';
  let target = options;
  for (const step of path) {
    const next = Object.hasOwn(target, step) ? target[step] : {};
    if (!isTree(next) || step === '__proto__') throw invalid(name, 'set once, in one form');
    target[step] = next;
    target = next;
  }
  if (path.length > 0) target[last] = typed(value);
  else options[name] = optionOf(name, value);
}

function optionOf(name: string, value: string): string | number | boolean {
  const min = NUMBERS.get(name);
  const result = typed(value);
  if (min !== undefined && !(typeof result === 'number' && result >= min)) {
    throw invalid(name, `a number of at least ${min}`);
  }
  if (!FLAGS.has(name)) return result;
  if (typeof result === 'string') throw invalid(name, 'true or false');
  return Boolean(result);
}

/** A query has only texts; what looks like a flag or a number is one. */
function typed(value: string): string | number | boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return /^-?\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
}

function readFiles(connect: Tree): void {
  if (connect['ssl'] !== undefined && typeof connect['ssl'] === 'string') {
    throw invalid('connect[ssl]', 'true or false');
  }
  for (const name of FILES) {
    const file = connect[name];
    if (file === undefined) continue;
    try {
      connect[name] = readFileSync(String(file));
    } catch (error) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The file of the failover option connect[${name}] cannot be read: check its path`,
        { cause: error },
      );
    }
  }
}

function isTree(value: Tree[string] | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

function invalid(name: string, expectation: string): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `The failover option ${name} must be ${expectation}`,
  );
}
