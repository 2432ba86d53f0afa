/**
 * The streams of a command: data goes to standard output, talk to standard error. Commands write
 * through this, so that tests can read what they say without a process.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

export interface Terminal {
  /** Writes one line of data; resolves when the reader keeps up. */
  data(line: string): Promise<void>;
  /** Writes one line for people. */
  talk(line: string): void;
  /** The text in red where standard error shows colours (a terminal, and no NO_COLOR). */
  red(text: string): string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Standard output itself, where a command edits lines on it. */
  readonly screen: Writable & { readonly isTTY?: boolean };
}

export interface TerminalStreams {
  readonly stdin: Terminal['stdin'];
  readonly stdout: Terminal['screen'];
  readonly stderr: Writable;
  /** Standard output has no reader any more (`stompbox tail … | head`): nothing is left to do. */
  readonly onReaderGone: () => void;
}

export function openTerminal(streams: TerminalStreams): Terminal {
  const { stdin, stdout, stderr, onReaderGone } = streams;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onReaderGone();
  });
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    // Without a reader for the talk, the work goes on.
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    stdin,
    screen: stdout,
    async data(line) {
      if (!stdout.write(`${line}\n`)) await once(stdout, 'drain');
    },
    talk(line) {
      stderr.write(`${line}\n`);
    },
    red: (text) => styleText('red', text, { stream: stderr }),
  };
}
