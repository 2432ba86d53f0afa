/** The shell on a terminal: a prompt, with everything else above it. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { runProgram } from '../../../dist/cli/program.js';
import { openTerminal } from '../../../dist/cli/terminal.js';
import { embeddedBroker } from '../../support/embedded.js';

/** A keyboard and a screen. Escape sequences on the screen are left out, as nobody reads them. */
class FakeTty {
  readonly keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  readonly #screen = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  #shown = '';
  #onShown = () => {};
  readonly terminal = openTerminal({
    stdin: this.keyboard,
    stdout: this.#screen,
    stderr: this.#screen,
    onReaderGone: () => {},
  });

  constructor() {
    this.#screen.setEncoding('utf8').on('data', (text: string) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of
      this.#shown += text.replace(/\u001b\[[\d;]*[A-Za-z]/g, '').replaceAll('\r', '');
      this.#onShown();
    });
  }

  get shown(): string {
    return this.#shown;
  }

  type(keys: string): void {
    this.keyboard.write(keys);
  }

  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#shown)) {
      await new Promise<void>((resolve) => {
        this.#onShown = resolve;
      });
    }
  }
}

function shellOn(tty: FakeTty, args: readonly string[]): Promise<number> {
  const context = {
    terminal: tty.terminal,
    settings: { env: {}, cwd: '/' },
    ports: {},
    untilShutdown: () => new Promise<'SIGTERM'>(() => {}),
  };
  return runProgram(['shell', ...args], context, '0.0.0', () => {});
}

describe('stompbox shell on a terminal', () => {
  test('prompts, reports errors and goes on, and ends with 0 at quit', async (t) => {
    const { url } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url]);
    await tty.shows(/help lists the commands.*\n> $/);
    tty.type('shout\n');
    await tty.shows(/error: there is no command shout\nhint: say: help\ncode: \w+\n> $/);
    tty.type('sendrec /queue/a hello\n');
    await tty.shows(/\nRECEIPT for \/queue\/a\n> $/);
    tty.type('quit\n');
    assert.equal(await exitCode, 0);
  });

  test('prints messages above what is being typed, which stays', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url]);
    await tty.shows(/> $/);
    tty.type('subscribe /topic/a\n');
    await tty.shows(/subscribed to \/topic\/a.*\n> $/);
    tty.type('sendrec /topic/b half a l');
    await tty.shows(/half a l$/);
    await messaging.send('/topic/a', 'breaking news');
    await tty.shows(/MESSAGE\n[\s\S]*\n\nbreaking news\n> sendrec \/topic\/b half a l$/);
    tty.type('ine\n');
    await tty.shows(/RECEIPT for \/topic\/b\n> $/);
    tty.type('\u0004');
    assert.equal(await exitCode, 0, 'Ctrl-D ends it');
  });

  test('completes commands and destinations', async (t) => {
    const { url } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url]);
    await tty.shows(/> $/);
    tty.type('subs\t');
    await tty.shows(/> subscribe $/);
    tty.type('/queue/orders\n');
    await tty.shows(/subscribed to \/queue\/orders.*\n> $/);
    tty.type('unsub\t');
    await tty.shows(/> unsubscribe $/);
    tty.type('/que\t');
    await tty.shows(/> unsubscribe \/queue\/orders $/);
    tty.type('\n');
    await tty.shows(/unsubscribed from \/queue\/orders\n> $/);
    tty.type('exit\n');
    assert.equal(await exitCode, 0);
  });

  test('ends in order with 130 at Ctrl-C, also while a command waits', async (t) => {
    const { url } = await embeddedBroker(t);
    for (const line of ['', 'wait 1 60\n']) {
      const tty = new FakeTty();
      const exitCode = shellOn(tty, ['--url', url, '--verbose']);
      await tty.shows(/> $/);
      tty.type(`begin\n`);
      await tty.shows(/Transaction id: \S+\n> $/);
      tty.type(`${line}\u0003`);
      assert.equal(await exitCode, 130);
      assert.match(tty.shown, /onSend ABORT [\s\S]*\nonSend DISCONNECT [\s\S]*\nonClosed\n/);
    }
  });

  test('asks for the passcode, and does not show it', async (t) => {
    const { url } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url, '-U', 'clerk', '-W', '-V']);
    await tty.shows(/Passcode, which is not shown:\n$/);
    tty.type('correct horse\r');
    await tty.shows(/"login":"clerk","passcode":"\*\*\*"[\s\S]*> $/);
    tty.type('quit\r');
    assert.equal(await exitCode, 0);
    assert.doesNotMatch(tty.shown, /correct|horse/);
  });

  test('ends with 2 when the question for the passcode is given up', async (t) => {
    const { url } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url, '-U', 'clerk', '-W']);
    await tty.shows(/Passcode/);
    tty.type('\u0003');
    assert.equal(await exitCode, 2);
    assert.match(tty.shown, /error: no passcode was given/);
  });

  test('says when the connection and its transaction are lost, and goes on', async (t) => {
    const { url, stop } = await embeddedBroker(t);
    const tty = new FakeTty();
    const exitCode = shellOn(tty, ['--url', url]);
    await tty.shows(/> $/);
    tty.type('begin\n');
    await tty.shows(/Transaction id: \S+\n> $/);
    await stop();
    await tty.shows(/lost connection: .*connecting again/);
    await embeddedBroker(t, { connectors: [{ port: Number(new URL(url).port) }] });
    await tty.shows(/connected again to 127\.0\.0\.1/);
    tty.type('send /queue/a lost\n');
    await tty.shows(/code: STOMP_NET_TRANSACTION_LOST\n> $/);
    tty.type('commit\n');
    await tty.shows(/(code: STOMP_NET_TRANSACTION_LOST[\s\S]*){2}\n> $/);
    tty.type('abort\n');
    await tty.shows(/Aborted transaction: \S+\n> $/);
    tty.type('sendrec /queue/a hello\n');
    await tty.shows(/RECEIPT for/);
    tty.type('quit\n');
    assert.equal(await exitCode, 0);
  });
});
