/** Commands that send: send, sendrec, sendreply, sendfile. All join the open transaction. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SendOptions } from '@stompbox/client';
import { CommandError } from '../report-error.js';
import { type ShellHost, type Verb, wrongUse } from './verb.js';
import { splitFirst, splitWords } from './words.js';

type Headers = NonNullable<SendOptions['headers']>;

async function sendNow(
  { connection, transaction, signal }: ShellHost,
  destination: string,
  body: string,
  options: SendOptions,
): Promise<void> {
  await (transaction.current ?? connection).send(destination, body, { ...options, signal });
}

const send: Verb = {
  names: ['send'],
  parameters: '<destination> <message>',
  help: 'Sends a message. Does not wait for the broker; whether it took all of them is said at the end.',
  async run(shell, rest) {
    const { word: destination, rest: message } = splitFirst(rest);
    if (message === '') throw wrongUse(send);
    await sendNow(shell, destination, message, { receipt: false });
  },
};

const sendrec: Verb = {
  names: ['sendrec'],
  parameters: '<destination> <message>',
  help: 'Sends a message and waits until the broker has confirmed it by a receipt.',
  async run(shell, rest) {
    const { word: destination, rest: message } = splitFirst(rest);
    if (message === '') throw wrongUse(sendrec);
    await sendNow(shell, destination, message, { receipt: true });
    await shell.output.result(`RECEIPT for ${destination}`, { type: 'receipt', destination });
  },
};

const sendreply: Verb = {
  names: ['sendreply'],
  parameters: '<destination> <correlation-id> <message>',
  help: 'Sends a reply: a message with the correlation-id of the request.',
  async run(shell, rest) {
    const { word: destination, rest: tail } = splitFirst(rest);
    const { word: correlationId, rest: message } = splitFirst(tail);
    if (message === '') throw wrongUse(sendreply);
    const headers = { 'correlation-id': correlationId };
    await sendNow(shell, destination, message, { receipt: false, headers });
  },
};

const sendfile: Verb = {
  names: ['sendfile'],
  parameters: '<destination> <file> [headers.json]',
  help:
    'Sends a file: in base64, with its name in the header filename. The headers of a JSON object in a ' +
    'second file go with it. Names with spaces stand in double quotes.',
  async run(shell, rest) {
    const [destination, file, headersFile, ...more] = splitWords(rest);
    if (destination === undefined || file === undefined || more.length > 0)
      throw wrongUse(sendfile);
    const headers = headersFile === undefined ? {} : readHeaders(headersFile);
    const body = readFile(file).toString('base64');
    // The name only: where it lies here is nobody's business there.
    const filename = path.basename(file);
    await sendNow(shell, destination, body, { receipt: false, headers: { ...headers, filename } });
  },
};

export const SEND_VERBS: readonly Verb[] = [send, sendrec, sendreply, sendfile];

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${file} cannot be read: ${why}`, undefined, { cause: error });
  }
}

function readHeaders(file: string): Headers {
  const content = parseJson(file);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new CommandError(`${file} must hold a JSON object of headers, {"name":"value"}`);
  }
  const headers: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(content)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new CommandError(
        `${file}: the header ${name} must be a text, a number or true or false`,
      );
    }
    headers[name] = value;
  }
  return headers;
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFile(file).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandError(`${file} is not JSON: ${error.message}`, undefined, { cause: error });
  }
}
