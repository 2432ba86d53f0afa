/**
 * The line that a user types on a terminal, with history and completion. What is written meanwhile
 * appears above it, and what was typed stays.
 */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from 'node:readline';
import type { Terminal } from '../terminal.js';
import type { ShownPrompt } from './shell-output.js';

export interface PromptOptions {
  /** Words that may stand where one was begun; `isFirst` for the first word of the line. */
  readonly completions: (isFirst: boolean) => readonly string[];
  /** Ctrl-C, which a terminal in raw mode does not make a signal of. */
  readonly onInterrupt: () => void;
}

export class ShellPrompt implements ShownPrompt {
  readonly #screen: Terminal['screen'];
  readonly #editor: Interface;
  #isShown = false;

  constructor(terminal: Terminal, { completions, onInterrupt }: PromptOptions) {
    this.#screen = terminal.screen;
    this.#editor = createInterface({
      input: terminal.stdin,
      output: terminal.screen,
      terminal: true,
      prompt: '> ',
      completer: (line: string) => complete(line, completions),
    });
    this.#editor.on('SIGINT', onInterrupt);
  }

  /** The lines that are typed; ends at Ctrl-D and when it is closed. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    const lines = this.#editor[Symbol.asyncIterator]();
    for (;;) {
      this.#isShown = true;
      this.#editor.prompt();
      const { done, value } = await lines.next();
      if (done) return this.close();
      this.#isShown = false;
      yield value;
    }
  }

  hide(): void {
    if (!this.#isShown) return;
    // A long line takes several rows of the screen.
    moveCursor(this.#screen, 0, -this.#editor.getCursorPos().rows);
    cursorTo(this.#screen, 0);
    clearScreenDown(this.#screen);
  }

  show(): void {
    if (this.#isShown) this.#editor.prompt(true);
  }

  /** Leaves no empty prompt behind. */
  close(): void {
    this.hide();
    this.#isShown = false;
    this.#editor.close();
  }
}

function complete(
  line: string,
  completions: PromptOptions['completions'],
): [candidates: string[], begun: string] {
  const begun = /\S*$/.exec(line)?.[0] ?? '';
  const isFirst = begun.length === line.trimStart().length;
  const words = completions(isFirst).filter((word) => word.startsWith(begun));
  // With the space that follows a word, so that one can go on typing.
  return [words.map((word) => `${word} `), begun];
}
