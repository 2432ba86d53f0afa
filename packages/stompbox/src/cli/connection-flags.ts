/** The flags that say which broker, the same for every command that connects. */
import type { Command } from 'commander';
import { readSecretFile } from '../settings/environment.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { Secret } from '../settings/secret.js';
import type { Startup } from '../settings/section/connection-section.js';
import type { Settings, SettingsInput } from '../settings/settings.js';
import type { CommandContext } from './command-context.js';

export interface ConnectionFlags {
  readonly url?: string;
  readonly login?: string;
  readonly passcodeFile?: string;
}

export function addConnectionFlags(command: Command): Command {
  return command
    .option('--url <url>', 'broker: host, host:port, stomp://… or failover:(…) (MQ_URL, MQ_PORT)')
    .option('--login <name>', 'login name (MQ_USER)')
    .option('--passcode-file <file>', 'file with the passcode (MQ_PASSWORD_FILE, MQ_PASSWORD)');
}

/**
 * The settings of a command; what somebody should know of them is told.
 *
 * @param more of other flags
 * @param startup unless the settings say otherwise.
 */
export function settingsOf(
  flags: ConnectionFlags,
  context: CommandContext,
  more: SettingsInput = {},
  startup?: Startup,
): Settings {
  const settings = givenSettings(flags, context, more);
  for (const note of settings.notes) context.terminal.talk(`note: ${note}`);
  const isSaid = settings.origins['connection.startup'] !== 'default';
  if (startup === undefined || isSaid) return settings;
  return givenSettings(flags, context, { ...more, connection: { startup } });
}

/** The settings as they are given, without anything that is the command's own. */
export function givenSettings(
  { url, login, passcodeFile }: ConnectionFlags,
  context: CommandContext,
  more: SettingsInput = {},
): Settings {
  const password =
    passcodeFile === undefined
      ? undefined
      : new Secret(readSecretFile(passcodeFile, '--passcode-file'));
  return resolveSettings({ ...more, url, user: login, password }, context.settings);
}
