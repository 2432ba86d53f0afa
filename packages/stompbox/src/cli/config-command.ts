/** `stompbox config`: what the settings are here, and where each of them comes from. */
import type { Command } from 'commander';
import { type ShownSetting, showSettings } from '../settings/show-settings.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, givenSettings } from './connection-flags.js';
import { EXIT } from './exit-code.js';
import { visible } from './message-format.js';

interface ShowFlags extends ConnectionFlags {
  readonly origin?: true;
  readonly json?: true;
}

type Run = (work: Promise<number>) => Promise<void>;

/** Adds `show` to the command `config`. */
export function addConfigCommands(config: Command, context: CommandContext, run: Run): void {
  addConnectionFlags(
    config.command('show').description('print all settings; secrets are not shown'),
  )
    .option('--origin', 'say where each value comes from')
    .option('--json', 'print JSON lines: key, value, origin, variable')
    .action((flags: ShowFlags) => run(runShow(context, flags)));
}

async function runShow(context: CommandContext, flags: ShowFlags): Promise<number> {
  const { terminal } = context;
  const settings = givenSettings(flags, context);
  for (const note of settings.notes) terminal.talk(`note: ${note}`);
  const shown = showSettings(settings);
  const width = Math.max(...shown.map(({ path }) => path.length));
  for (const setting of shown) {
    await terminal.data(flags.json ? recordOf(setting) : lineOf(setting, width, flags.origin));
  }
  const destinations = Object.entries(settings.destinations);
  for (const [name, { destination }] of destinations) {
    const setting: ShownSetting = {
      path: `destinations.${name}`,
      value: destination,
      origin: settings.origins.destinations,
      variable: undefined,
    };
    await terminal.data(flags.json ? recordOf(setting) : lineOf(setting, width, flags.origin));
  }
  return EXIT.ok;
}

/** Key and value; with the origin, three columns. */
function lineOf({ path, value, origin }: ShownSetting, width: number, withOrigin?: true): string {
  const text = visible(spoken(value));
  const line = `${path.padEnd(width)}  ${text}`;
  return withOrigin ? `${line}${' '.repeat(Math.max(1, 32 - text.length))}# ${origin}` : line;
}

function recordOf({ path, value, origin, variable }: ShownSetting): string {
  return JSON.stringify({ key: path, value: value ?? null, origin, variable: variable ?? null });
}

function spoken(value: unknown): string {
  if (value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(',');
  return String(value);
}
