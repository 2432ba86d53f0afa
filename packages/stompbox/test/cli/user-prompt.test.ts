/** The passcode is asked for on a terminal, and nothing of it is shown. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { newPasscode } from '../../dist/cli/passcode-prompt.js';
import { openTerminal } from '../../dist/cli/terminal.js';

/** A terminal of which a test sees the screen and the mode. Keys are typed as the user would. */
class FakeTty extends PassThrough {
  readonly isTTY = true;
  mode: 'raw' | 'cooked' = 'cooked';
  /** Modes it has had when a question was asked. */
  readonly modesWhenAsked: string[] = [];
  readonly #answers: string[];
  readonly #screen: string[] = [];

  constructor(answers: readonly string[]) {
    super();
    this.#answers = [...answers];
  }

  setRawMode(isRaw: boolean): this {
    this.mode = isRaw ? 'raw' : 'cooked';
    return this;
  }

  /** A terminal for commands; each line that it shows is answered with the next keys. */
  terminal() {
    const show = (text: string) => {
      this.#screen.push(text);
      this.modesWhenAsked.push(this.mode);
      const keys = this.#answers.shift();
      if (keys !== undefined) this.write(keys);
    };
    const stream = () => {
      const output = new PassThrough();
      output.on('data', (chunk: Buffer) => show(chunk.toString('utf8')));
      return output;
    };
    return openTerminal({
      stdin: this,
      stdout: stream(),
      stderr: stream(),
      onReaderGone: () => undefined,
    });
  }

  get screen(): string {
    return this.#screen.join('');
  }
}

async function ask(answers: readonly string[]) {
  const tty = new FakeTty(answers);
  const passcode = await newPasscode(tty.terminal(), 'clerk', {}).catch((error: Error) => error);
  return { passcode, tty };
}

describe('a passcode that is typed', () => {
  test('is asked for twice, in raw mode, and is not shown', async () => {
    const { passcode, tty } = await ask(['correct horse\r', 'correct horse\r']);
    assert.equal(passcode, 'correct horse');
    assert.equal(tty.screen, 'Passcode of clerk, which is not shown:\nThe same once more:\n');
    assert.deepEqual(tty.modesWhenAsked, ['raw', 'raw']);
    assert.equal(tty.mode, 'cooked', 'afterwards the terminal is as it was');
  });

  test('can be corrected, pasted at once, and hold any character', async () => {
    const typed = 'wrong\u0015corr\u007f\u007frrect hörse\r';
    const { passcode, tty } = await ask([`${typed}correct hörse\r`]);
    assert.equal(passcode, 'correct hörse');
    assert.ok(!tty.screen.includes('h'.concat('örse')));
  });

  test('twice differently is an error that shows neither', async () => {
    const { passcode, tty } = await ask(['correct horse\r', 'correct hearse\r']);
    assert(passcode instanceof Error);
    assert.equal(passcode.message, 'the two passcodes are not the same');
    assert.ok(!tty.screen.includes('correct'));
    assert.equal(tty.mode, 'cooked');
  });

  for (const [name, keys] of [
    ['Ctrl-C', ['corr\u0003']],
    ['Ctrl-C at the second question', ['correct horse\r', '\u0003']],
    ['Ctrl-D', ['\u0004']],
  ] as const) {
    test(`is given up by ${name}`, async () => {
      const { passcode, tty } = await ask(keys);
      assert.equal(passcode, undefined);
      assert.equal(tty.mode, 'cooked');
    });
  }
});

test('--passcode-stdin is refused on a terminal, where it would be shown', async () => {
  const tty = new FakeTty([]);
  await assert.rejects(newPasscode(tty.terminal(), 'clerk', { passcodeStdin: true }), {
    message: '--passcode-stdin would show the passcode while it is typed',
  });
});
