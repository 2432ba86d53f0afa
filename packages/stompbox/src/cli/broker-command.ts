/** `stompbox broker`: the embedded broker as a process of its own. */
import {
  type Broker,
  type BrokerEvent,
  type ConnectorOptions,
  DEFAULT_HOST,
  DEFAULT_PORT,
  parseConnectorUrl,
  startBroker,
} from '@stompbox/broker';
import { type Command, InvalidArgumentError } from 'commander';
import type { Action } from './command-context.js';
import { EXIT } from './exit-code.js';
import { usageError } from './report-error.js';
import type { Terminal } from './terminal.js';

export interface BrokerFlags {
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
  const data = flags.data ?? DEFAULT_DATA;
  const stopped = context.untilShutdown().then(() => undefined);
  const broker = await startBroker({
    connectors: connectorsOf(flags),
    onEvent: (event) => tellOf(event, context.terminal),
    ...(flags.memory ? { memory: true } : { data }),
  });
  await context.terminal.data(
    flags.json ? readyJson(broker, flags.memory ? null : data) : readyLine(broker, flags, data),
  );
  context.terminal.talk('Stop it with Ctrl-C.');
  const failure = await Promise.race([stopped, broker.closed]);
  if (failure !== undefined) throw failure;
  await broker.close();
  return EXIT.ok;
};

function connectorsOf({ host, port, listen }: BrokerFlags): readonly ConnectorOptions[] {
  if (listen === undefined) {
    return [{ ...(host !== undefined && { host }), ...(port !== undefined && { port }) }];
  }
  if (host === undefined && port === undefined) return listen;
  throw usageError('--listen names host and port already: leave out --host and --port');
}

/** Whom it could not let in; nothing else that happens needs the operator now. */
function tellOf(event: BrokerEvent, terminal: Terminal): void {
  if (event.type === 'connector-failed') terminal.talk(`warning: ${event.error.message}`);
}

function readyLine(broker: Broker, flags: BrokerFlags, data: string): string {
  const urls = broker.connectors.map(({ url }) => url).join(' and ');
  return `Broker ready at ${urls}, messages ${flags.memory ? 'in memory' : `in ${data}`}`;
}

/** With the first connector's address on the outside too, for those who look for one only. */
function readyJson(broker: Broker, data: string | null): string {
  const connectors = broker.connectors.map(({ url, host, port }) => ({ url, host, port }));
  return JSON.stringify({ ready: true, ...connectors[0], connectors, data });
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
