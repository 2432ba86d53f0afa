/**
 * `stompbox broker`: the embedded broker as a process of its own. Its options come from flags, which
 * win, and from a file; see `readBrokerOptions`.
 */
import {
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  type ConnectorOptions,
  DEFAULT_HOST,
  DEFAULT_PORT,
  parseConnectorUrl,
  startBroker,
} from '@stompbox/broker';
import { type Command, InvalidArgumentError } from 'commander';
import { readBrokerOptions } from '../settings/broker-options.js';
import type { Action } from './command-context.js';
import { EXIT } from './exit-code.js';
import { usageError } from './report-error.js';
import type { Terminal } from './terminal.js';

export interface BrokerFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly listen?: readonly ConnectorOptions[];
  readonly data?: string;
  readonly memory?: true;
  readonly json?: true;
}

const DEFAULT_DATA = './data';

export function addBrokerFlags(command: Command): Command {
  return command
    .option('--config <file>', 'options of the broker, .json, .ts, .js or .mjs')
    .option('--host <host>', `address to listen on (default: "${DEFAULT_HOST}")`)
    .option(
      '--port <port>',
      `port to listen on; 0 = any free port (default: ${DEFAULT_PORT})`,
      parsePort,
    )
    .option(
      '--listen <url>',
      'stomp://, stomp+ssl://, ws:// or wss:// to listen on, instead of --host and --port; repeatable',
      addConnector,
    )
    .option('--data <dir>', `directory of the messages (default: "${DEFAULT_DATA}")`)
    .option('--memory', 'keep nothing on disk')
    .option('--json', 'print the ready line as JSON');
}

/** Runs until a signal; then closes, so that all that was confirmed is on disk. */
export const runBroker: Action<BrokerFlags> = async (context, flags) => {
  if (flags.memory && flags.data !== undefined) {
    throw usageError('--memory keeps nothing on disk, so --data has no use: give one of them');
  }
  const file = flags.config === undefined ? {} : { file: flags.config };
  const configured = readBrokerOptions({ cwd: context.settings.cwd, ...file });
  const options = withFlags(configured, flags);
  const stopped = context.untilShutdown().then(() => undefined);
  const broker = await startBroker({
    ...options,
    onEvent: (event) => {
      tellOf(event, context.terminal);
      options.onEvent?.(event);
    },
  });
  const data = options.memory ? null : options.data;
  await context.terminal.data(flags.json ? readyJson(broker, data) : readyLine(broker, data));
  context.terminal.talk('Stop it with Ctrl-C.');
  const failure = await Promise.race([stopped, broker.closed]);
  if (failure !== undefined) throw failure;
  await broker.close();
  return EXIT.ok;
};

function withFlags(
  configured: BrokerOptions,
  flags: BrokerFlags,
): BrokerOptions & { readonly data: string } {
  const { data = DEFAULT_DATA, memory = false } = configured;
  const connectors = connectorsOf(flags, configured.connectors);
  return {
    ...configured,
    data: flags.data ?? data,
    memory: flags.memory ?? (flags.data === undefined && memory),
    ...(connectors !== undefined && { connectors }),
  };
}

function connectorsOf(
  { host, port, listen }: BrokerFlags,
  configured: BrokerOptions['connectors'],
): BrokerOptions['connectors'] {
  if (host === undefined && port === undefined) return listen ?? configured;
  if (listen !== undefined) {
    throw usageError('--listen names host and port already: leave out --host and --port');
  }
  const [only = {}, ...more] = configured ?? [];
  if (more.length > 0) {
    throw usageError(
      `--host and --port change one connector, and the configuration has ${more.length + 1}`,
      'name all that you want with --listen, or change the configuration',
    );
  }
  return [{ ...only, ...(host !== undefined && { host }), ...(port !== undefined && { port }) }];
}

/** What the operator has to do something about; what becomes of single messages is not told. */
function tellOf(event: BrokerEvent, terminal: Terminal): void {
  switch (event.type) {
    case 'connector-failed':
    case 'blob-failed':
    case 'job-postponed':
      terminal.talk(`warning: ${event.error.message}`);
  }
}

/** @param data null: in memory */
function readyLine(broker: Broker, data: string | null): string {
  const urls = broker.connectors.map(({ url }) => url).join(' and ');
  const where = urls === '' ? 'without a connector' : `at ${urls}`;
  const http = broker.httpUrl === undefined ? '' : `, HTTP at ${broker.httpUrl}`;
  return `Broker ready ${where}${http}, messages ${data === null ? 'in memory' : `in ${data}`}`;
}

/** With the first connector's address on the outside too, for those who look for one only. */
function readyJson(broker: Broker, data: string | null): string {
  const connectors = broker.connectors.map(({ url, host, port }) => ({ url, host, port }));
  const http = broker.httpUrl === undefined ? {} : { http: broker.httpUrl };
  return JSON.stringify({ ready: true, ...connectors[0], connectors, ...http, data });
}

function addConnector(
  text: string,
  before: readonly ConnectorOptions[] = [],
): readonly ConnectorOptions[] {
  return [...before, parseConnectorUrl(text)];
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
