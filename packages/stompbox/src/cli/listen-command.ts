/** `stompbox listen`: runs the listeners of an application until it is told to stop. */
import { systemClock } from '@stompbox/client';
import { type Command, InvalidArgumentError } from 'commander';
import { type Concurrency, isConcurrency } from '../listener/concurrency.js';
import type { LogFormat } from '../settings/section/process-section.js';
import type { Settings, SettingsInput } from '../settings/settings.js';
import { createMessaging } from '../stomp-messaging.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { EXIT } from './exit-code.js';
import { describeListener } from './explain/describe-listener.js';
import { bannerOf } from './listen/banner.js';
import { forgetModules } from './listen/listener-modules.js';
import { type LoadedApplication, loadApplication } from './listen/load-application.js';
import { openProbes } from './listen/probes.js';
import { Reloader } from './listen/reloader.js';
import { watchFolder } from './listen/watch-folder.js';
import { Worker } from './listen/worker.js';
import { type WorkerLog, workerLog } from './listen/worker-log.js';

export interface ListenFlags extends ConnectionFlags {
  readonly only?: readonly string[];
  readonly concurrency?: Concurrency;
  readonly reload?: true;
  readonly healthPort?: number;
  readonly drainTimeout?: number;
  readonly logFormat?: LogFormat;
}

export function addListenFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('--only <names>', 'only these listeners, by name, with commas', parseNames)
    .option('--concurrency <n>', 'messages at a time per listener, 4 or 5-10', parseConcurrency)
    .option('--reload', 'load the listeners anew when their files change, for development')
    .option('--health-port <port>', 'answer probes there; 0 = any free port', parseNumber)
    .option('--drain-timeout <ms>', 'how long handlers have to finish at the end', parseNumber)
    .option('--log-format <format>', 'line or json', parseFormat);
}

/**
 * Ends with 0 when a signal has drained it, and with an error when handlers did not finish in time
 * or a listener has ended by itself, so that whoever supervises the process starts it again.
 */
export async function runListen(
  context: CommandContext,
  files: readonly string[],
  flags: ListenFlags,
): Promise<number> {
  const settings = workerSettings(context, flags);
  const log = workerLog(settings.log, context.terminal, context.ports.logger);
  const options = flags.concurrency === undefined ? {} : { concurrency: flags.concurrency };
  // From now on a signal is obeyed, also while modules are loaded.
  const stopped = context.untilShutdown();
  const { cwd } = context.settings;
  const load = () =>
    loadApplication({ cwd, given: files, only: flags.only, isOnce: !flags.reload });
  const first = await load();
  const described = first.listeners.map((one) => describeListener(one, settings, options));
  for (const line of bannerOf(settings, described)) log.talk(line);
  const messaging = createMessaging(settings, { ...context.ports, logger: log.logger });
  const worker = new Worker({
    messaging,
    options,
    onStarted: ({ name, destinations }, peer) =>
      log.talk(`${name} listens to ${destinations.join(' and ')} at ${peer}`),
  });
  const reloader = flags.reload ? reloaderOf(context, worker, log, load) : undefined;
  const timeoutMs = settings.shutdown.drainTimeoutMs;
  // Which listeners there must be is not known where they change.
  const names = flags.reload ? undefined : described.map(({ name }) => name);
  await using probes = await openProbes(messaging, settings.health, names, log, context.ports);
  if (probes !== undefined) log.talk(`health ${probes.url}`);
  try {
    reloader?.watch(first.files);
    const failed = worker.start(first.listeners).then(() => worker.failed);
    const how = await Promise.race([failed, stopped]);
    if (how instanceof Error) throw how;
  } catch (error) {
    // The first error is the one to end with; what closing adds is only told.
    worker.stop();
    await messaging.close({ timeoutMs }).catch((late) => log.talk(String(late)));
    throw error;
  } finally {
    reloader?.stop();
    worker.stop();
  }
  log.talk('stopping: running handlers finish (Ctrl-C again: stop at once)');
  await messaging.close({ timeoutMs });
  return EXIT.ok;
}

/** A worker waits for its broker unless told otherwise: its supervisor would only start it again. */
function workerSettings(context: CommandContext, flags: ListenFlags): Settings {
  const { healthPort, drainTimeout, logFormat } = flags;
  const more: SettingsInput = {
    health: { port: healthPort },
    shutdown: { drainTimeoutMs: drainTimeout },
    log: { format: logFormat },
  };
  return settingsOf(flags, context, more, 'retry');
}

function reloaderOf(
  context: CommandContext,
  worker: Worker,
  log: WorkerLog,
  load: () => Promise<LoadedApplication>,
): Reloader {
  return new Reloader({
    watchFolder: context.watchFolder ?? watchFolder,
    clock: context.ports.clock ?? systemClock,
    load: () => {
      forgetModules(context.settings.cwd);
      return load();
    },
    replace: (listeners) => worker.replace(listeners),
    talk: (text) => log.talk(text),
  });
}

function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('It must be names with commas between them.');
}

function parseConcurrency(text: string): Concurrency {
  if (isConcurrency(text)) return text as Concurrency;
  throw new InvalidArgumentError('It must be a whole number, or a range such as 5-10.');
}

function parseNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function parseFormat(text: string): LogFormat {
  if (text === 'line' || text === 'json') return text;
  throw new InvalidArgumentError('It must be line or json.');
}
