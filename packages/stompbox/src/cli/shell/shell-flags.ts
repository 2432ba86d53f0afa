/**
 * The options of `stompbox shell`: those of every command that connects, and the ones that users of
 * `python -m stomp` know. Two names of one thing are refused together unless they say the same.
 */
import { readFileSync, statSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { ConnectOptions } from '@stompbox/client';
import { STOMP_VERSIONS, type StompVersion } from '@stompbox/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { readSecretFile } from '../../settings/environment.js';
import { resolveSettings } from '../../settings/resolve-settings.js';
import { Secret } from '../../settings/secret.js';
import type { Settings } from '../../settings/settings.js';
import type { CommandContext } from '../command-context.js';
import { addConnectionFlags, type ConnectionFlags } from '../connection-flags.js';
import { typeUnseen } from '../passcode-prompt.js';
import { CommandError, usageError } from '../report-error.js';

export interface ShellFlags extends ConnectionFlags {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  /** True: ask for it. */
  readonly password?: string | true;
  readonly file?: string;
  readonly protocol?: StompVersion;
  readonly listen?: string;
  readonly verbose?: true;
  readonly heartbeats?: HeartBeats;
  readonly ssl?: true;
  readonly sslKeyFile?: string;
  readonly sslCertFile?: string;
  readonly sslCaFile?: string;
  readonly saveFiles?: string;
  readonly keepGoing?: true;
  readonly json?: true;
}

interface HeartBeats {
  readonly outgoingMs: number;
  readonly incomingMs: number;
}

/** The port of STOMP over TLS that Amazon MQ and most examples use. */
const TLS_PORT = 61614;

export function addShellFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('-H, --host <host>', 'host of the broker, instead of --url')
    .option('-P, --port <port>', 'port of the broker (MQ_PORT)', parsePort)
    .option('-U, --user <name>', 'the same as --login')
    .option(
      '-W, --password [passcode]',
      'ask for the passcode; others can read one that stands here',
    )
    .option('-S, --protocol <version>', 'speak only this version: 1.0, 1.1 or 1.2', parseVersion)
    .option('--heartbeats <out,in>', 'ms in which to send and to expect something', parseHeartBeats)
    .option('--ssl', 'use TLS, as stomp+ssl:// does')
    .option('--ssl-key-file <file>', 'private key of the client certificate (PEM)')
    .option('--ssl-cert-file <file>', 'client certificate (PEM)')
    .option('--ssl-ca-file <file>', "authorities to trust instead of the system's (PEM)")
    .option('-F, --file <script>', 'execute the commands of a file, then end')
    .option('-L, --listen <destination>', 'print its messages until Ctrl-C')
    .option('--save-files <folder>', 'save files that arrive in this folder')
    .option('--keep-going', 'go on with a script after a command that failed')
    .option('-V, --verbose', 'print every frame on standard error, and all headers of messages')
    .option('--json', 'print messages and results as JSON lines');
}

/** Everything that can be said before connecting: wrong combinations, missing files and folders. */
export function checkShellFlags(flags: ShellFlags): void {
  refuseBoth('--url', flags.url, '--host', flags.host);
  refuseBoth('--login', flags.login, '--user', flags.user);
  refuseBoth('--passcode-file', flags.passcodeFile, '--password', flags.password);
  refuseBoth('--file', flags.file, '--listen', flags.listen);
  if (flags.saveFiles !== undefined && !isFolder(flags.saveFiles)) {
    throw usageError(`--save-files ${flags.saveFiles} is not a folder`, 'make it first');
  }
}

export async function shellSettings(flags: ShellFlags, context: CommandContext): Promise<Settings> {
  const input = {
    url: flags.url ?? flags.host,
    port: flags.port,
    user: flags.login ?? flags.user,
  };
  if (flags.passcodeFile !== undefined) {
    const password = new Secret(readSecretFile(flags.passcodeFile, '--passcode-file'));
    return resolveSettings({ ...input, password }, context.settings);
  }
  if (flags.password === undefined) return resolveSettings(input, context.settings);
  const password = new Secret(await passcodeOf(flags.password, context));
  return resolveSettings({ ...input, password }, context.settings);
}

/** The URL with TLS if it is asked for; its port is that of TLS unless one was given. */
export function shellUrl({ ssl }: ShellFlags, { url, server, origins }: Settings): string {
  if (!ssl || url.startsWith('stomp+ssl:')) return url;
  if (server === undefined) {
    throw usageError('--ssl has no meaning beside a failover url', 'write stomp+ssl:// into it');
  }
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host;
  return `stomp+ssl://${host}:${origins.port === 'default' ? TLS_PORT : server.port}`;
}

export function shellConnectOptions(flags: ShellFlags, url: string): ConnectOptions {
  const { protocol, heartbeats, sslCaFile, sslCertFile, sslKeyFile } = flags;
  const tls = {
    ...(sslCaFile === undefined ? {} : { ca: readPem(sslCaFile) }),
    ...(sslCertFile === undefined ? {} : { cert: readPem(sslCertFile) }),
    ...(sslKeyFile === undefined ? {} : { key: readPem(sslKeyFile) }),
  };
  const hasTls = Object.keys(tls).length > 0;
  if (hasTls && !/\b(stomp\+ssl|ssl|stomp\+nio\+ssl):/.test(url)) {
    throw usageError('--ssl-key-file, --ssl-cert-file and --ssl-ca-file need TLS', 'add --ssl');
  }
  return {
    ...(protocol === undefined ? {} : { acceptVersions: [protocol] }),
    ...(heartbeats === undefined ? {} : { heartBeat: heartbeats }),
    ...(hasTls ? { tls } : {}),
  };
}

async function passcodeOf(given: string | true, { terminal }: CommandContext): Promise<string> {
  if (given !== true) {
    terminal.talk(
      'warning: others on this machine can read a passcode on a command line; ' +
        'say -W without it to be asked, or use MQ_PASSWORD or --passcode-file',
    );
    return given;
  }
  if (!terminal.stdin.isTTY) {
    throw usageError(
      'there is no terminal on which to ask for the passcode',
      'use MQ_PASSWORD or --passcode-file',
    );
  }
  const [typed] = await typeUnseen(terminal, ['Passcode, which is not shown:']);
  if (typed === undefined) throw usageError('no passcode was given');
  return typed;
}

function refuseBoth(one: string, first: unknown, other: string, second: unknown): void {
  if (first === undefined || second === undefined || first === second) return;
  throw usageError(`${one} and ${other} cannot stand together`, 'remove one');
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${file} cannot be read: ${why}`, undefined, { cause: error });
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
}

function parseVersion(text: string): StompVersion {
  const version = STOMP_VERSIONS.find((known) => known === text);
  if (version !== undefined) return version;
  const hint = text === 'multicast' ? ' Multicast has no broker, and is not spoken here.' : '';
  throw new InvalidArgumentError(`It must be one of ${STOMP_VERSIONS.join(', ')}.${hint}`);
}

function parseHeartBeats(text: string): HeartBeats {
  const [, outgoing, incoming] = /^(\d{1,8}),(\d{1,8})$/.exec(text) ?? [];
  if (outgoing === undefined || incoming === undefined) {
    throw new InvalidArgumentError('It must be two whole numbers of ms, for example 10000,10000.');
  }
  return { outgoingMs: Number(outgoing), incomingMs: Number(incoming) };
}
