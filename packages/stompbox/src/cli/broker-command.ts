/** `stompbox broker`: the embedded broker as a process of its own. */
import { startBroker } from '@stompbox/broker';
import { type Command, InvalidArgumentError } from 'commander';
import type { Action } from './command-context.js';
import { EXIT } from './exit-code.js';
import { usageError } from './report-error.js';

export interface BrokerFlags {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly memory?: true;
  readonly json?: true;
}

const DEFAULT_DATA = './data';

export function addBrokerFlags(command: Command): Command {
  return command
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 = any free port', parsePort, 61613)
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
    connectors: [{ host: flags.host, port: flags.port }],
    ...(flags.memory ? { memory: true } : { data }),
  });
  const [connector] = broker.connectors;
  const { url, host, port } = connector ?? { url: '', host: flags.host, port: flags.port };
  const where = flags.memory ? 'in memory' : `in ${data}`;
  await context.terminal.data(
    flags.json
      ? JSON.stringify({ ready: true, url, host, port, data: flags.memory ? null : data })
      : `Broker ready at ${url}, messages ${where}`,
  );
  context.terminal.talk('Stop it with Ctrl-C.');
  const failure = await Promise.race([stopped, broker.closed]);
  if (failure !== undefined) throw failure;
  await broker.close();
  return EXIT.ok;
};

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
