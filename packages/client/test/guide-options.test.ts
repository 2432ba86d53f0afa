/**
 * The page of options has every option that there is, with its default, and no other. Which there are
 * is found out by asking: the error for an option that does not exist lists those that do.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ConnectOptions, SubscribeOptions } from '@stompbox/client';
import { profileOf, subscribeHeaders } from '@stompbox/client';
import { fileSendStore } from '@stompbox/client/file-store';
import { OptionsError, resolveFrameLimits } from '@stompbox/protocol';
import { resolveConnectOptions } from '../dist/connect-options.js';
import {
  resolveAck,
  resolveSendFrame,
  resolveUnsubscribe,
  resolveWait,
} from '../dist/operation-options.js';
import { resolveSend } from '../dist/send-options.js';
import { resolveSubscribe } from '../dist/subscribe-options.js';
import { readDocument } from './support/guide-examples.js';

const page = readDocument('reference/client-options.md');
const RECEIPT_TIMEOUT_MS = 4321;

/** What options come to; throws for those that are refused. */
type Resolve = (raw: object) => object;

/** The sections of the page, each with what resolves its options. */
const SECTIONS: Readonly<Record<string, Resolve>> = {
  connect: (raw: ConnectOptions) => {
    // Made anew each time, so it cannot be compared.
    const { transport: _, ...resolved } = resolveConnectOptions(raw, { randomize: false });
    return { ...resolved, limits: resolveFrameLimits(resolved.limits) };
  },
  send: (raw) => resolveSend(raw, { receiptTimeoutMs: RECEIPT_TIMEOUT_MS, hasStore: false }),
  subscribe: (raw: SubscribeOptions) => {
    const { prefetchMessageBytes, ...resolved } = resolveSubscribe(raw, RECEIPT_TIMEOUT_MS);
    // Its default is filled in where the header is made.
    const wishes = { prefetch: 10, prefetchMessageBytes };
    return { ...resolved, window: subscribeHeaders(profileOf('artemis'), wishes) };
  },
  'ack and nack': (raw) => resolveAck(raw, RECEIPT_TIMEOUT_MS),
  unsubscribe: (raw) => resolveUnsubscribe(raw, RECEIPT_TIMEOUT_MS),
  sendFrame: (raw) => resolveSendFrame(raw, RECEIPT_TIMEOUT_MS),
  'All other waits': (raw) => resolveWait('close', raw, RECEIPT_TIMEOUT_MS),
  fileSendStore: (raw) => fileSendStore({ path: 'unsent', ...raw }),
};

/** What they mean is shown where transports and the store are tested. */
const NOT_RESOLVED = ['tls.rejectUnauthorized', 'webSocket.format', 'maxBytes', 'path'];
const BY_THE_SYSTEM = ['transport', 'clock', 'random'];

const UNKNOWN = 'noSuchOption';

/** Names of the options that are allowed at a place; nothing if no options are there. */
function allowedNames(resolve: Resolve, place: string | undefined): string[] | undefined {
  const wrong = { [UNKNOWN]: 1 };
  try {
    resolve(place === undefined ? wrong : { [place]: wrong });
  } catch (error) {
    if (!(error instanceof OptionsError) || error.code !== 'STOMP_OPT_UNKNOWN') return undefined;
    const [, what, names] =
      /^Unknown (\S+) option .*, or use one of (.*)$/.exec(error.message) ?? [];
    if (place === undefined || what === place) return names?.split(', ');
  }
  return undefined;
}

function allowedOptions(resolve: Resolve): string[] {
  return (allowedNames(resolve, undefined) ?? []).flatMap((name) => [
    name,
    ...(allowedNames(resolve, name) ?? []).map((inner) => `${name}.${inner}`),
  ]);
}

function sectionOf(title: string): string {
  const [, rest = ''] = page.split(new RegExp(`^## ${title}$`, 'm'));
  return rest.split(/^## /m)[0] ?? '';
}

function rowsOf(section: string): { readonly option: string; readonly initial: string }[] {
  return [...section.matchAll(/^\| `([\w.]+)` \| ([^|]*) \| [^|]+ \| [^|]* \|$/gm)].map(
    ([, option = '', initial = '']) => ({ option, initial }),
  );
}

function optionsWith(option: string, value: unknown): object {
  const [name = '', inner] = option.split('.');
  return { [name]: inner === undefined ? value : { [inner]: value } };
}

function valueAt(options: object, option: string): unknown {
  return option.split('.').reduce<unknown>((value, step) => Object(value)[step], options);
}

/** What stands between backticks: JSON, Infinity, or a text without its quotes. */
function valueIn(code: string): unknown {
  if (code === 'Infinity') return Number.POSITIVE_INFINITY;
  return /^(true|false|\d+|[[{].*)$/.test(code) ? JSON.parse(code) : code;
}

function assertDefault(resolve: Resolve, option: string, initial: string): void {
  if (BY_THE_SYSTEM.includes(option)) {
    assert.ok(['by the scheme', "the system's"].includes(initial), initial);
    return;
  }
  const [, code] = /^`(.+)`$/.exec(initial) ?? [];
  const value = code === undefined ? undefined : valueIn(code);
  const isTimeout = option === 'timeoutMs';
  if (isTimeout) assert.equal(value ?? initial, 'receiptTimeoutMs');
  else if (code === undefined) {
    assert.equal(initial, 'none');
    assert.equal(valueAt(resolve({}), option), undefined);
  }
  const given = isTimeout ? RECEIPT_TIMEOUT_MS : value;
  assert.deepEqual(resolve(optionsWith(option, given)), resolve({}));
}

describe('docs/reference/client-options.md', () => {
  for (const [title, resolve] of Object.entries(SECTIONS)) {
    const rows = rowsOf(sectionOf(title));

    test(`has each option of ${title} once, and no other`, () => {
      assert.deepEqual(rows.map(({ option }) => option).sort(), allowedOptions(resolve).sort());
    });

    for (const { option, initial } of rows) {
      if (NOT_RESOLVED.includes(option)) continue;
      test(`has the default of ${option} of ${title}`, () => {
        assertDefault(resolve, option, initial);
      });
    }
  }

  test('would not pass with another default', () => {
    const { connect } = SECTIONS;
    assert.ok(connect);
    assert.throws(() => assertDefault(connect, 'sendWindow', '`999`'));
    assert.throws(() => assertDefault(connect, 'heartBeat.outgoingMs', 'none'));
  });
});

describe('docs/guide/client.md', () => {
  const guide = readDocument('guide/client.md');
  const typesIn = (text: string) =>
    [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);

  test('names each status event, and no other', () => {
    const source = readFileSync(new URL('../src/status.ts', import.meta.url), 'utf8');
    const types = [...source.matchAll(/type: '([a-z-]+)'/g)].map(([, type]) => type);
    const [, section = ''] = guide.split(/^## What it tells of itself$/m);
    assert.ok(types.length > 10);
    assert.deepEqual(typesIn(section.split(/^## /m)[0] ?? '').sort(), types.sort());
  });
});
