/**
 * `stompbox explain`: says what will happen to a message of each listener, without running any. No broker
 * is asked, unless `--connect` wants to know which one it is.
 */
import { connect, type ProfileName } from '@stompbox/client';
import type { Command } from 'commander';
import { connectOptionsOf } from '../settings/connect-options.js';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { EXIT } from './exit-code.js';
import { describeListener } from './explain/describe-listener.js';
import { explainListener } from './explain/explain-listener.js';
import { explanationText } from './explain/explanation-text.js';
import { loadApplication } from './listen/load-application.js';
import { visible } from './message-format.js';

export interface ExplainFlags extends ConnectionFlags {
  readonly connect?: true;
  readonly json?: true;
}

export function addExplainFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('--connect', 'ask the broker which one it is, and explain that one only')
    .option('--json', 'print JSON lines, one for each listener');
}

/** @param given files, patterns and names of listeners */
export async function runExplain(
  context: CommandContext,
  given: readonly string[],
  flags: ExplainFlags,
): Promise<number> {
  const { terminal } = context;
  const settings = settingsOf(flags, context);
  const files = given.filter(isFileName);
  const names = given.filter((one) => !isFileName(one));
  const only = names.length === 0 ? undefined : names;
  const { listeners } = await loadApplication({ cwd: context.settings.cwd, given: files, only });
  const profile = await profileFor(context, settings, flags);
  let isFirst = true;
  for (const listener of listeners) {
    const explanation = explainListener(describeListener(listener, settings), settings, profile);
    if (flags.json) {
      await terminal.data(JSON.stringify(explanation));
      continue;
    }
    if (!isFirst) await terminal.data('');
    isFirst = false;
    for (const line of explanationText(explanation)) await terminal.data(visible(line));
  }
  return EXIT.ok;
}

/** Names of listeners have no dot at their end, no slash and no wildcard. */
function isFileName(text: string): boolean {
  return /[/\\*?{]|\.[cm]?[jt]s$/.test(text);
}

/** Undefined: whichever. */
async function profileFor(
  { ports }: CommandContext,
  settings: Settings,
  flags: ExplainFlags,
): Promise<ProfileName | undefined> {
  if (!flags.connect) return settings.profile === 'auto' ? undefined : settings.profile;
  const open = ports.connect ?? connect;
  await using connection = await open(settings.url, {
    ...connectOptionsOf(settings),
    reconnect: false,
  });
  return connection.profile.name;
}
