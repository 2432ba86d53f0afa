/** Options of a connector, as an object and as a URL: defaults, and what is wrong is named. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type ConnectorOptions, resolveConnector } from '../../dist/connector-options.js';
import { parseConnectorUrl } from '../../dist/connector-url.js';
import { certificate, SERVER_TLS } from '../transport/listening.js';

const resolved = (options: object) =>
  resolveConnector(options as ConnectorOptions, 'connectors[0]');

const CA_FILE = certificate('ca.pem');
const FILES = { key: { file: SERVER_TLS.keyFile }, cert: { file: SERVER_TLS.certFile } };

describe('a connector', () => {
  test('is TCP on loopback by default', () => {
    assert.deepEqual(resolved({}), {
      kind: 'tcp',
      host: '127.0.0.1',
      port: 61613,
      maxConnections: 1000,
    });
  });

  test('has a port of its own for each kind, so that all can run beside each other', () => {
    const tls = SERVER_TLS;
    const ports = [{ kind: 'tcp' }, { kind: 'tls', tls }, { kind: 'ws' }, { kind: 'wss', tls }];
    assert.deepEqual(
      ports.map((options) => resolved(options).port),
      [61613, 61614, 61615, 61619],
    );
  });

  test('with TLS asks no client for a certificate, unless it knows who signs them', () => {
    const expected = { kind: 'tls', host: '127.0.0.1', port: 61614, maxConnections: 1000 };
    assert.deepEqual(resolved({ kind: 'tls', tls: SERVER_TLS }), {
      ...expected,
      tls: { ...FILES, requestCertificate: 'no' },
    });
    assert.deepEqual(resolved({ kind: 'tls', tls: { ...SERVER_TLS, caFile: CA_FILE } }), {
      ...expected,
      tls: { ...FILES, ca: { file: CA_FILE }, requestCertificate: 'demand' },
    });
  });

  test('takes keys and certificates as texts too', () => {
    const key = readFileSync(SERVER_TLS.keyFile, 'utf8');
    const cert = readFileSync(SERVER_TLS.certFile, 'utf8');
    const ca = readFileSync(CA_FILE, 'utf8');
    const tls = { key, cert, ca, requestCertificate: 'ask' };
    assert.deepEqual(resolved({ kind: 'wss', tls }), {
      kind: 'wss',
      host: '127.0.0.1',
      port: 61619,
      maxConnections: 1000,
      tls: { key: { pem: key }, cert: { pem: cert }, ca: { pem: ca }, requestCertificate: 'ask' },
      ws: { path: undefined, origins: undefined },
    });
  });

  test('for WebSocket takes a path and origins', () => {
    const ws = { path: '/stomp', origins: ['*', 'https://a.example', 'http://b.example:8080'] };
    assert.deepEqual(resolved({ kind: 'ws', ws, port: 0, host: '::1', maxConnections: 1 }), {
      kind: 'ws',
      host: '::1',
      port: 0,
      maxConnections: 1,
      ws,
    });
  });
});

describe('an option of a connector that makes no sense', () => {
  const wrongTls = (tls: object) => ({ kind: 'tls', tls: { ...SERVER_TLS, ...tls } });
  const cases: ReadonlyArray<readonly [string, object, RegExp]> = [
    ['kind', { kind: 'ssl' }, /must be tcp, tls, ws or wss, not "ssl"/],
    ['kind', { kind: 'toString' }, /must be tcp, tls, ws or wss/],
    ['maxConnections', { maxConnections: 0 }, /must be a whole number of at least 1, not 0/],
    ['tls', { tls: SERVER_TLS }, /has no use with kind "tcp": leave it out, or use tls or wss/],
    ['tls', { kind: 'ws', tls: SERVER_TLS }, /has no use with kind "ws"/],
    ['ws', { ws: {} }, /has no use with kind "tcp": leave it out, or use ws or wss/],
    ['ws', { kind: 'tls', tls: SERVER_TLS, ws: {} }, /has no use with kind "tls"/],
    ['tls', { kind: 'tls', tls: 'yes' }, /must be an object/],
    ['tls.keyFile', { kind: 'tls' }, /is missing: TLS needs a private key and its certificate/],
    ['tls.certFile', { kind: 'wss', tls: { keyFile: SERVER_TLS.keyFile } }, /is missing/],
    ['tls.keyFile', wrongTls({ keyFile: '' }), /must be the path of a PEM file/],
    ['tls.key', wrongTls({ key: 'x' }), /and keyFile exclude each other/],
    ['tls.ca', wrongTls({ ca: 'ca.pem' }), /must be a text in PEM form; for a file, use its File/],
    ['tls', wrongTls({ keyFile: '/nowhere' }), /readable by this process: ENOENT.*'\/nowhere'/],
    [
      'tls',
      wrongTls({ keyFile: certificate('renewed-key.pem') }),
      /must name a private key and its certificate in PEM form.*key values mismatch/,
    ],
    [
      'tls',
      wrongTls({ caFile: certificate('README.md') }),
      /readable by this process: .*no start line/,
    ],
    ['tls.caFile', wrongTls({ requestCertificate: 'ask' }), /is missing: it says whose/],
    ['tls.caFile', wrongTls({ requestCertificate: 'demand' }), /is missing: it says whose/],
    [
      'tls.requestCertificate',
      wrongTls({ caFile: CA_FILE, requestCertificate: true }),
      /must be no, ask or demand, not true/,
    ],
    ['ws.path', { kind: 'ws', ws: { path: 'stomp' } }, /must be a path that begins with "\/"/],
    ['ws.path', { kind: 'ws', ws: { path: '/stomp?a=1' } }, /without a query, not "\/stomp\?a=1"/],
    ['ws.origins', { kind: 'ws', ws: { origins: '*' } }, /must be a list/],
    ['ws.origins', { kind: 'ws', ws: { origins: ['a.example'] } }, /list of origins.*"a\.example"/],
    ['ws.origins', { kind: 'ws', ws: { origins: ['https://a.example/'] } }, /list of origins/],
    ['ws.origins', { kind: 'ws', ws: { origins: [5] } }, /list of origins/],
    ['ws.origins', { kind: 'ws', ws: { origins: ['null'] } }, /list of origins/],
  ];
  for (const [name, options, text] of cases) {
    test(`${name} is named: ${text.source}`, () => {
      assert.throws(
        () => resolved(options),
        (error: Error & { code?: string }) => {
          assert.equal(error.name, 'OptionsError');
          assert.equal(error.code, 'STOMP_OPT_INVALID');
          assert(error.message.startsWith(`connectors[0].${name} `), error.message);
          assert.match(error.message, text);
          return true;
        },
      );
    });
  }

  test('does not show a private key', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----';
    for (const tls of [{ key, certFile: CA_FILE }, { key: 'secret' }]) {
      assert.throws(
        () => resolved({ kind: 'tls', tls }),
        ({ message }: Error) => !message.includes('secret'),
      );
    }
  });

  for (const [name, options] of [
    ['maxClients', { maxClients: 1 }],
    ['tls.keyfile', { kind: 'tls', tls: { keyfile: 'x' } }],
    ['ws.origin', { kind: 'ws', ws: { origin: '*' } }],
  ] as const) {
    test(`${name} is not known`, () => {
      assert.throws(() => resolved(options), {
        code: 'STOMP_OPT_UNKNOWN',
        message: new RegExp(`^Unknown broker option connectors\\[0\\]\\.${name}; known: `),
      });
    });
  }
});

describe('a connector as a URL', () => {
  const cases: ReadonlyArray<readonly [string, ConnectorOptions]> = [
    ['stomp://127.0.0.1:61613', { kind: 'tcp', host: '127.0.0.1', port: 61613 }],
    ['stomp://localhost', { kind: 'tcp', host: 'localhost' }],
    ['STOMP://localhost/', { kind: 'tcp', host: 'localhost' }],
    ['stomp://[::1]:0', { kind: 'tcp', host: '::1', port: 0 }],
    ['stomp://0.0.0.0?maxConnections=5', { kind: 'tcp', host: '0.0.0.0', maxConnections: 5 }],
    [
      'stomp+ssl://mq:1?key=a%20b.pem&cert=c++.pem',
      { kind: 'tls', host: 'mq', port: 1, tls: { keyFile: 'a b.pem', certFile: 'c++.pem' } },
    ],
    [
      'stomp+ssl://mq?key=k&cert=c&ca=a&requestCertificate=ask',
      {
        kind: 'tls',
        host: 'mq',
        tls: { keyFile: 'k', certFile: 'c', caFile: 'a', requestCertificate: 'ask' },
      },
    ],
    ['ws://127.0.0.1:80', { kind: 'ws', host: '127.0.0.1', port: 80 }],
    ['ws://127.0.0.1:61615/stomp', { ...ws('/stomp'), port: 61615 }],
    [
      'ws://127.0.0.1?origin=https://a.example&origin=https://b.example',
      { ...ws(), ws: { origins: ['https://a.example', 'https://b.example'] } },
    ],
    [
      'wss://127.0.0.1:443/mq?key=k&cert=c&origin=*',
      {
        kind: 'wss',
        host: '127.0.0.1',
        port: 443,
        tls: { keyFile: 'k', certFile: 'c' },
        ws: { path: '/mq', origins: ['*'] },
      },
    ],
  ];
  for (const [url, options] of cases) {
    test(`${url} is understood`, () => assert.deepEqual(parseConnectorUrl(url), options));
  }

  for (const [url, text] of [
    ['61613', /^Cannot listen on "61613": it must begin with stomp:\/\//],
    ['tcp://localhost', /it must begin with stomp:\/\/, stomp\+ssl:\/\/, ws:\/\/ or wss:\/\//],
    ['constructor://localhost', /it must begin with/],
    ['stomp:localhost', /it must begin with/],
    ['stomp://localhost:99999', /it must be scheme:\/\/host:port/],
    ['stomp://:61613', /it must be scheme:\/\/host:port/],
    ['stomp://localhost/queue', /it has no use for the path \/queue/],
    ['ws://localhost/#a', /it has no use for what follows the "#"/],
    ['stomp+ssl://localhost?key=a&key=b', /key must be given once/],
    ['amqp://app:secret@localhost', /^Cannot listen on "amqp:\/\/…@localhost": it must begin/],
    ['stomp://app:se/cret@localhost:x', /^Cannot listen on "stomp:\/\/…@localhost:x": it must be/],
    ['stomp://app:secret@localhost', /^A URL to listen on takes no login and passcode$/],
  ] as const) {
    test(`${url} is refused`, () => {
      assert.throws(() => parseConnectorUrl(url), { code: 'STOMP_OPT_INVALID', message: text });
    });
  }

  for (const [url, key] of [
    ['stomp://localhost?key=a', 'key'],
    ['ws://localhost?cert=a', 'cert'],
    ['stomp+ssl://localhost?origin=*', 'origin'],
    ['ws://localhost?origins=*', 'origins'],
  ] as const) {
    test(`${url} has a key that is not known`, () => {
      assert.throws(() => parseConnectorUrl(url), {
        code: 'STOMP_OPT_UNKNOWN',
        message: new RegExp(
          `^Unknown key ${key} in "${url.replace(/[?*+]/g, '\\$&')}"; known: max`,
        ),
      });
    });
  }

  test('has values that are checked like those of an object', () => {
    const options = parseConnectorUrl('stomp://localhost?maxConnections=many');
    assert.throws(() => resolved(options), {
      code: 'STOMP_OPT_INVALID',
      message: /maxConnections/,
    });
    const asked = parseConnectorUrl(
      `stomp+ssl://a?key=${SERVER_TLS.keyFile}&cert=${SERVER_TLS.certFile}&ca=${CA_FILE}&requestCertificate=yes`,
    );
    assert.throws(() => resolved(asked), { message: /must be no, ask or demand, not "yes"/ });
  });
});

function ws(path?: string): ConnectorOptions {
  return { kind: 'ws', host: '127.0.0.1', ...(path && { ws: { path } }) };
}
