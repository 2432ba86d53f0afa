/**
 * Runs the client's tests, with the scripted broker and the fake clock, against the build for browsers
 * in Node: what decides the fate of messages must not differ. URLs and sentences are kept in this build,
 * because the tests are full of them.
 *
 * A test may fail here only if it is about what the guide says browsers do without; each is named below,
 * and one that passes all the same is a failure too, so that the list stays true.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleForBrowsers } from './browser-bundle.mjs';
import { root } from './packages.mjs';

const tests = path.join(root, 'packages/client/dist-test');
const made = path.join(tests, 'browser-core.mjs');

const FILES = [
  'acknowledge blocked close credit framing giving-up handshake heart-beat iterate measures offline',
  'profile/destination-kind raw-frame reconnect subscribe transaction',
]
  .join(' ')
  .split(' ');

const ABSENT = [
  // A frame is a message of the WebSocket.
  'the acks of one turn are one write',
  'subscriptions are restored in one write and messages flow again',
  // Options are not checked; of the dangers, only the one that loses messages is refused.
  'has its own timeout and takes a signal',
  'takes several handlers at once with cumulative ACKs for a mistake',
  'is refused where a NACK would lose the message',
  'ack mode client is refused where it settles the messages of others, in either order',
  'is refused an id where the broker ignores it',
  'cannot take a receipt for which the client may wait itself',
  'that cannot be one is refused',
  '{"ack":"manual"} is refused',
  '{"prefetch":0} is refused',
  '{"selector":""} is refused',
  '{"onError":true} is refused',
  '{"credit":1} is refused',
  // No store.
  'has what waits until the broker has confirmed it',
  'makes a send that the loss left unconfirmed go again with the same id',
  'tells a send that asked for no more that it is safe',
  'keeps what is unsent at the end, and the next connection sends it first',
  'that fails, fails the send',
  'that fails when the send is on its way already, leaves the outcome to the broker',
  'that fails at the end of the connection has kept nothing',
  'is not asked for what its caller has given up',
  // No streams.
  'is said of a streamed body',
  // They compare with the classes of the protocol, which this build has a copy of.
  'a message that cannot be read comes back after ever longer pauses, with its reason',
  '{"headers":{"ack":"client"}} is refused',
  'a version that was not offered is refused',
  'a peer that speaks something else is recognised',
];

const HOOK = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(name, context, next) {
  if (name !== '@stompbox/client') return next(name, context);
  return { url: '${pathToFileURL(made)}', shortCircuit: true };
}\`));`;

/** Resolves with what the runner printed. */
function run() {
  const files = FILES.map((name) => path.join(tests, `${name}.test.js`));
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const flags = ['--import', hook, '--test', '--test-timeout=30000', '--test-reporter=tap'];
  const child = spawn(process.execPath, [...flags, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(printed));
  });
}

/** @returns how many tests did what they should not */
export async function testBrowserCore() {
  await bundleForBrowsers('index.js', {
    outfile: made,
    hasSentences: true,
    kept: ['target.js', 'errors.js', '../../protocol/dist/errors.js'],
  });
  const results = [...(await run()).matchAll(/^ {4}(not ok|ok) \d+ - (.*)$/gm)].map(
    ([, result, name]) => ({ name, isOk: result === 'ok' }),
  );
  const wrong = results.filter(({ name, isOk }) => isOk === ABSENT.includes(name));
  for (const { name, isOk } of wrong) {
    console.log(isOk ? `passed, so it is not absent: ${name}` : `failed: ${name}`);
  }
  const passed = results.filter(({ isOk }) => isOk).length;
  console.log(`${passed} tests of the client pass against the build for browsers`);
  return wrong.length + (passed === 0 ? 1 : 0);
}
