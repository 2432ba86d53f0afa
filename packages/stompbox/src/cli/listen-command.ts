/** `stompbox listen`: runs the listeners of an application until it is told to stop. */
import type { Command } from 'commander';
import type { ListenerHandle } from '../listener/listener-handle.js';
import type { Messaging } from '../messaging.js';
import { createMessaging } from '../stomp-messaging.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { EXIT } from './exit-code.js';
import { type LoadedListener, listenerFiles, loadListeners } from './listener-modules.js';

export type ListenFlags = ConnectionFlags;

export function addListenFlags(command: Command): Command {
  return addConnectionFlags(command);
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
  const settings = settingsOf(flags, context);
  const listeners: LoadedListener[] = [];
  for (const path of listenerFiles(files, context.settings.cwd)) {
    listeners.push(...(await loadListeners(path)));
  }
  const messaging = createMessaging(settings, context.ports);
  try {
    const ended = startAll(context, messaging, listeners).then((handles) =>
      Promise.race(handles.map((handle) => handle.ended)),
    );
    const how = await Promise.race([ended, context.untilShutdown()]);
    if (how instanceof Error) throw how;
  } catch (error) {
    // The first error is the one to end with; what closing adds is only told.
    await messaging.close().catch((late) => context.terminal.talk(String(late)));
    throw error;
  }
  context.terminal.talk('stopping: running handlers finish (Ctrl-C again: stop at once)');
  await messaging.close();
  return EXIT.ok;
}

async function startAll(
  context: CommandContext,
  messaging: Messaging,
  listeners: readonly LoadedListener[],
): Promise<ListenerHandle[]> {
  const handles: ListenerHandle[] = [];
  for (const listener of listeners) {
    const handle = await messaging.consume(listener);
    handles.push(handle);
    const { peer } = await messaging.getConnection();
    const where = handle.destinations.join(' and ');
    context.terminal.talk(`${handle.name} listens to ${where} at ${peer}`);
  }
  return handles;
}
