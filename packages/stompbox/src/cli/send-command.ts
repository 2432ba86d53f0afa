/** `stompbox send`: sends one message, or the same one many times. */
import { buffer } from 'node:stream/consumers';
import type { BodyType } from '@stompbox/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createMessaging } from '../stomp-messaging.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { parseCount } from './count-flag.js';
import { EXIT } from './exit-code.js';
import { usageError } from './report-error.js';

type BodyFlag = 'text' | 'bytes' | 'json';

export interface SendFlags extends ConnectionFlags {
  readonly header?: Readonly<Record<string, string>>;
  readonly type?: BodyFlag;
  readonly persistent?: boolean;
  readonly count: number;
  readonly json?: true;
}

/** So many sends wait for their receipts at the same time: enough for one sync to serve many. */
const IN_FLIGHT = 100;

export function addSendFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('-H, --header <name:value>', 'header of the message, repeatable', collectHeader)
    .addOption(
      new Option('--type <type>', 'kind of body (default: json if it is JSON, else text)').choices([
        'text',
        'bytes',
        'json',
      ]),
    )
    .option('--persistent', 'keep it on disk (the default for a queue)')
    .option('--no-persistent', 'it may be lost when the broker stops')
    .option('--count <n>', 'send it n times', parseCount, 1)
    .option('--json', 'print what was sent as JSON');
}

export async function runSend(
  context: CommandContext,
  destination: string,
  bodyArgument: string | undefined,
  flags: SendFlags,
): Promise<number> {
  const settings = settingsOf(flags, context);
  const message = await readBody(context, bodyArgument, flags.type);
  const { body, ...kind } = message;
  const options = { ...kind, persistent: flags.persistent };
  const headers = { ...kind.headers, ...flags.header };
  const messaging = createMessaging(settings, context.ports);
  try {
    for (let sent = 0; sent < flags.count; sent += IN_FLIGHT) {
      const batch = Math.min(IN_FLIGHT, flags.count - sent);
      const send = () => messaging.send(destination, body, { ...options, headers });
      await Promise.all(Array.from({ length: batch }, send));
    }
  } finally {
    await messaging.close();
  }
  const { count } = flags;
  if (flags.json) {
    const bytes = Buffer.byteLength(body);
    await context.terminal.data(JSON.stringify({ destination, sent: count, bytes }));
  } else {
    context.terminal.talk(
      `sent ${count} ${count === 1 ? 'message' : 'messages'} to ${destination}`,
    );
  }
  return EXIT.ok;
}

interface OutgoingBody {
  readonly body: string | Uint8Array;
  readonly bodyType: BodyType;
  readonly headers: Readonly<Record<string, string>>;
}

async function readBody(
  context: CommandContext,
  argument: string | undefined,
  type: BodyFlag | undefined,
): Promise<OutgoingBody> {
  const bytes = argument === undefined ? await readStdin(context) : Buffer.from(argument);
  if (type === 'bytes') return { body: bytes, bodyType: 'bytes', headers: {} };
  // A text travels exactly as it was written; only its content-type says that it is JSON.
  const text = decodeText(bytes);
  if (type !== 'text' && isJson(text)) {
    return { body: text, bodyType: 'text', headers: { 'content-type': 'application/json' } };
  }
  if (type === 'json') throw usageError('the body is not JSON, although --type json says so');
  return { body: text, bodyType: 'text', headers: {} };
}

async function readStdin(context: CommandContext): Promise<Uint8Array> {
  const { stdin } = context.terminal;
  if (stdin.isTTY) {
    throw usageError(
      'there is no body: give it as the second argument or on standard input',
      'for example: echo \'{"content":"hello"}\' | stompbox send /queue/SampleQueue',
    );
  }
  return await buffer(stdin);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw usageError('the body is not UTF-8 text', 'send it with --type bytes');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function collectHeader(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError('It must be name:value, for example priority:7.');
  // People write one space after the colon, which the wire does not have.
  return { ...before, [text.slice(0, colon)]: text.slice(colon + 1).replace(/^ /, '') };
}
