/** The options of a message service in an application, checked and complete. */
import * as v from 'valibot';
import { isListenerDefinition, isMessageListener } from '../listener/listener.js';
import type { Logger } from '../logger.js';
import type { Messaging } from '../messaging.js';
import { anObject, expected, parseOptions } from '../options.js';
import type { Startup } from '../settings/section/connection-section.js';
import type { Settings, SettingsInput } from '../settings/settings.js';
import type { LifecycleOptions, ListenerEntry } from './messaging-lifecycle.js';

export interface ResolvedLifecycle {
  readonly settings: SettingsInput | Settings;
  readonly messaging: Messaging | undefined;
  readonly listeners: readonly ListenerEntry[];
  readonly startup: Startup | undefined;
  readonly logger: Logger | undefined;
}

const MODES: readonly Startup[] = ['background', 'retry', 'fail'];

const lifecycleOptions = v.strictObject({
  settings: v.optional(anObject<SettingsInput | Settings>()),
  messaging: v.optional(expected<Messaging>('a message service of createMessaging()', isMessaging)),
  listeners: v.optional(
    expected<readonly ListenerEntry[]>(
      'a list of listeners: listener(…) definitions, objects with onMessage, functions, or { listener, options }',
      (value) => Array.isArray(value) && value.every(isEntry),
    ),
  ),
  startup: v.optional(
    expected<Startup>("'background', 'retry' or 'fail'", (value) =>
      MODES.some((mode) => mode === value),
    ),
  ),
  logger: v.optional(anObject<Logger>()),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveLifecycleOptions(raw: LifecycleOptions): ResolvedLifecycle {
  const given = parseOptions(lifecycleOptions, raw, {
    describe: (key) => (key === '' ? 'The options of messaging' : `The option ${key} of messaging`),
    aliases: { listener: 'listeners', config: 'settings', service: 'messaging' },
  });
  return {
    settings: given.settings ?? {},
    messaging: given.messaging,
    listeners: given.listeners ?? [],
    startup: given.startup,
    logger: given.logger,
  };
}

function isMessaging(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'consume' in value && 'send' in value;
}

function isEntry(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (isListenerDefinition(value) || isMessageListener(value)) return true;
  return typeof value === 'object' && value !== null && 'listener' in value && 'options' in value;
}
