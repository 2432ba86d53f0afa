/**
 * The same commands typed into `python3 -m stomp` and into `stompbox shell`, each with a broker of
 * its own: what they leave behind must be the same.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { type Connection, connect } from '@stompbox/client';
import { needs } from '../peer-programs.js';
import { repository } from '../repository.js';

/** Debian's python3-stomp belongs to this one; `python3` on the path may be another. */
const PYTHON = '/usr/bin/python3';
const MAIN = path.join(repository, 'packages/stompbox/dist/cli/main.js');
const installed = needs(PYTHON, ['-m', 'stomp', '--version'], 'apt-get install -y python3-stomp');

const PROGRAMS = {
  'python3 -m stomp': [PYTHON, '-u', '-m', 'stomp'],
  'stompbox shell': [process.execPath, MAIN, 'shell', '--save-files', '.', '--keep-going'],
} as const;

type Program = keyof typeof PROGRAMS;

/** One running program that is typed into. */
class Dialogue {
  readonly #child;
  readonly #ended: Promise<number | null>;
  #output = '';
  #read = 0;
  #onOutput = () => {};

  constructor(program: Program, args: readonly string[], cwd: string) {
    const [command, ...before] = PROGRAMS[program];
    const env = { PATH: process.env['PATH'] ?? '', PYTHONUTF8: '1' };
    this.#child = spawn(command, [...before, ...args], { cwd, env });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', resolve);
    });
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits for output after that of the last wait. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output.slice(this.#read));
      if (match !== null) {
        this.#read += match.index + match[0].length;
        return match;
      }
      if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }

  async quit(): Promise<void> {
    this.type('quit');
    this.#child.stdin.end();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** What both programs are told. */
async function talk(shell: Dialogue, version: string): Promise<void> {
  for (const line of [
    'send /queue/a plain words',
    'sendreply /queue/a c-1 the answer',
    'sendfile /queue/a note.txt headers.json',
    'run more.txt',
    'begin',
    'send /queue/tx never',
    'abort',
    'begin',
    'send /queue/tx one',
    'sendfile /queue/tx note.txt',
    'commit',
    'begin',
    'send /queue/tx neither',
    'rollback',
    'this is no command',
    'stats on',
    'sendrec /queue/a confirmed',
  ]) {
    shell.type(line);
  }
  await shell.shows(/RECEIPT/);
  shell.type('stats');
  await shell.shows(/Errors: 0/);
  shell.type('subscribe /queue/work client-individual');
  const [messages] = await shell.shows(/(MESSAGE[\s\S]*?\n\nwork \d\n[\s\S]*?){3}/);
  const ids = messages.matchAll(version === '1.2' ? /^ack: (.*)$/gm : /^message-id: (.*)$/gm);
  const [, second] = [...ids].map(([, id]) => id);
  shell.type(version === '1.1' ? `ack ${second} 1` : `ack ${second}`);
  shell.type('subscribe /queue/file');
  await shell.shows(/Saved file: .*got\.txt/);
  shell.type('unsubscribe /queue/file');
  shell.type('sendrec /queue/file not for this subscription any more');
  await shell.shows(/RECEIPT/);
  await shell.quit();
}

/** Messages of a queue, up to one that is sent to it now. */
async function drain(connection: Connection, destination: string): Promise<unknown[]> {
  await connection.send(destination, 'the end');
  const messages: unknown[] = [];
  for await (const message of await connection.subscribe(destination)) {
    // stomp.py ends a reply by a line feed that nobody typed.
    const body = message.text().trimEnd();
    if (body === 'the end') break;
    const { 'correlation-id': reply, filename, colour } = message.headers.toObject();
    messages.push({ body, reply, filename, colour });
  }
  return messages;
}

async function effectsOf(t: TestContext, program: Program, version: string): Promise<unknown> {
  const cwd = mkdtempSync(path.join(tmpdir(), 'stomp-py-shell-'));
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const { url = '', port } = broker.connectors[0] ?? {};
  const connection = await connect(url);
  const args = ['-H', '127.0.0.1', '-P', String(port), '-S', version, '-U', 'me', '-W', 'x', '-V'];
  for (const [name, content] of [
    ['note.txt', 'grüße'],
    ['headers.json', '{"colour":"red"}'],
    ['more.txt', 'send /queue/a from a file\nsend /queue/a and more\n'],
  ] as const) {
    writeFileSync(path.join(cwd, name), content);
  }
  for (const n of [1, 2, 3]) await connection.send('/queue/work', `work ${n}`);
  const base64 = Buffer.from('hello').toString('base64');
  await connection.send('/queue/file', base64, { headers: { filename: 'got.txt' } });
  const shell = new Dialogue(program, args, cwd);
  t.after(async () => {
    await shell.kill();
    await connection.close();
    await broker.close();
    rmSync(cwd, { recursive: true });
  });
  await talk(shell, version);
  return {
    a: await drain(connection, '/queue/a'),
    tx: await drain(connection, '/queue/tx'),
    work: await drain(connection, '/queue/work'),
    file: await drain(connection, '/queue/file'),
    saved: readFileSync(path.join(cwd, 'got.txt'), 'utf8'),
  };
}

describe('stompbox shell and python3 -m stomp', installed, () => {
  for (const version of ['1.0', '1.1', '1.2']) {
    test(`${version}: the same commands have the same effects`, async (t) => {
      const theirs = await effectsOf(t, 'python3 -m stomp', version);
      const ours = await effectsOf(t, 'stompbox shell', version);
      assert.deepEqual(ours, theirs);
      const message = { reply: undefined, filename: undefined, colour: undefined };
      const file = Buffer.from('grüße').toString('base64');
      assert.deepEqual(ours, {
        a: [
          { ...message, body: 'plain words' },
          { ...message, body: 'the answer', reply: 'c-1' },
          { ...message, body: file, filename: 'note.txt', colour: 'red' },
          { ...message, body: 'from a file' },
          { ...message, body: 'and more' },
          { ...message, body: 'confirmed' },
        ],
        tx: [
          { ...message, body: 'one' },
          { ...message, body: file, filename: 'note.txt' },
        ],
        work: [
          { ...message, body: 'work 1' },
          { ...message, body: 'work 3' },
        ],
        file: [{ ...message, body: 'not for this subscription any more' }],
        saved: 'hello',
      });
    });
  }
});
