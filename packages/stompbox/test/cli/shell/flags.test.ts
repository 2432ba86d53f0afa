/** The options of the shell, those that users of stomp.py know among them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../../support/command.js';
import { embeddedBroker } from '../../support/embedded.js';
import { newTemporaryFolder, temporaryFolder } from '../../support/temporary-folder.js';
import { play, recordsOf } from './play.js';

const pem = (name: string) =>
  fileURLToPath(new URL(`../../../../client/test/fixtures/${name}`, import.meta.url));
const CERT_FILE = pem('localhost-cert.pem');
const KEY_FILE = pem('localhost-key.pem');

describe('stompbox shell', () => {
  test('takes host and port apart', async (t) => {
    const { port } = new URL((await embeddedBroker(t)).url);
    const args = ['shell', '-H', 'localhost', '-P', port];
    const { code, stdout } = await run(t, args, { input: 'version\n' });
    assert.equal(code, 0);
    assert.match(stdout, /STOMP 1\.2/);
  });

  test('speaks the version that is asked for', async (t) => {
    const { url } = await embeddedBroker(t);
    for (const version of ['1.0', '1.1', '1.2']) {
      const lines = ['subscribe /queue/a client', 'sendrec /queue/a x', 'wait', 'version'];
      const ended = await play(t, url, lines, ['-S', version, '--json']);
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(recordsOf(ended).at(-1)?.['protocol'], version);
    }
    const multicast = await play(t, url, [], ['-S', 'multicast']);
    assert.equal(multicast.code, 2);
    assert.match(multicast.stderr, /Multicast has no broker/);
  });

  test('agrees on the heart-beats that are asked for', async (t) => {
    const { url } = await embeddedBroker(t);
    const { stderr } = await play(t, url, [], ['--heartbeats', '1234,5678', '--verbose']);
    assert.match(stderr, /onSend CONNECT .*"heart-beat":"1234,5678"/);
    assert.equal((await play(t, url, [], ['--heartbeats', '1234'])).code, 2);
  });

  test('logs in without showing the passcode, wherever it comes from', async (t) => {
    const data = newTemporaryFolder();
    const users = await run(t, ['user', 'add', 'clerk', '--data', data.path, '--passcode-stdin'], {
      input: 'correct horse\n',
    });
    assert.equal(users.code, 0, users.stderr);
    const { url } = await embeddedBroker(t, { memory: false, data: data.path });
    t.after(() => data.remove());
    const secrets = temporaryFolder(t, { passcode: 'correct horse\n' });
    const env = { MQ_USER: 'clerk', MQ_PASSWORD: 'correct horse' };
    for (const [args, options] of [
      [['-U', 'clerk', '-W', 'correct horse'], {}],
      [['--user', 'clerk', '--password=correct horse'], {}],
      [['--login', 'clerk', '--passcode-file', `${secrets}/passcode`], {}],
      [[], { env }],
    ] as const) {
      const ended = await play(t, url, ['version'], ['-V', ...args], options);
      assert.equal(ended.code, 0, ended.stderr);
      assert.doesNotMatch(ended.stdout + ended.stderr, /correct horse/);
      const isWarned = /others on this machine can read a passcode/.test(ended.stderr);
      assert.equal(isWarned, String(args).includes('correct horse'));
    }
    const wrong = await play(t, url, ['version'], ['-U', 'clerk', '-W', 'wrong']);
    assert.equal(wrong.code, 4);
    assert.match(wrong.stderr, /code: STOMP_BROKER_LOGIN/);
  });

  test('asks for no passcode where there is no terminal', async (t) => {
    const { code, stderr } = await run(t, ['shell', '-U', 'clerk', '-W']);
    assert.equal(code, 2);
    assert.match(stderr, /no terminal on which to ask.*\nhint: use MQ_PASSWORD or --passcode-file/);
  });

  test('speaks TLS with --ssl, and trusts whom --ssl-ca-file names', async (t) => {
    const tls = { keyFile: KEY_FILE, certFile: CERT_FILE, caFile: CERT_FILE };
    const { url } = await embeddedBroker(t, { connectors: [{ kind: 'tls', port: 0, tls }] });
    const args = ['shell', '-H', 'localhost', '-P', new URL(url).port, '--ssl'];
    const client = ['--ssl-key-file', KEY_FILE, '--ssl-cert-file', CERT_FILE];
    const trusting = [...args, '--ssl-ca-file', CERT_FILE, ...client];
    const { code, stderr } = await run(t, trusting, { input: 'version\n' });
    assert.equal(code, 0, stderr);
    const untrusting = await run(t, args, { input: 'version\n' });
    assert.equal(untrusting.code, 3);
    assert.match(untrusting.stderr, /certificate/);
  });

  for (const [args, why] of [
    [['--ssl-ca-file', CERT_FILE], /need TLS\nhint: add --ssl/],
    [['--ssl', '--ssl-ca-file', 'none.pem'], /none\.pem cannot be read/],
    [['--ssl', '--url', 'failover:(stomp://a,stomp://b)'], /no meaning beside a failover url/],
    [['-H', 'a', '--url', 'b'], /--url and --host cannot stand together/],
    [['-U', 'a', '--login', 'b'], /--login and --user cannot stand together/],
    [['-F', 'a', '-L', '/queue/a'], /--file and --listen cannot stand together/],
    [['--save-files', 'none'], /--save-files none is not a folder/],
    [['-P', '70000'], /whole number from 1 to 65535/],
  ] as const) {
    test(`refuses ${args.map((arg) => arg.split('/').at(-1)).join(' ')}`, async (t) => {
      const { code, stderr } = await run(t, ['shell', ...args]);
      assert.ok(code === 2 || code === 1);
      assert.match(stderr, why);
    });
  }

  test('ends with 3 where there is no broker', async (t) => {
    const { code, stderr } = await play(t, '127.0.0.1:1', ['version']);
    assert.equal(code, 3);
    assert.match(stderr, /code: STOMP_NET_REFUSED/);
  });
});
