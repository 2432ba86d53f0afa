/** Checks what one source says about settings, before the sources are put together. */
import type { BrokerOptions } from '@stompbox/broker';
import * as v from 'valibot';
import { aNonEmptyText, anObject, aWholeNumber, expected, parseOptions } from '../options.js';
import { Secret } from './secret.js';
import type { ConfigInput, SettingName, SettingsInput } from './settings.js';

const settings = {
  url: v.optional(aNonEmptyText),
  port: v.optional(aWholeNumber(0, 65_535)),
  user: v.optional(aNonEmptyText),
  password: v.optional(
    expected<string | Secret>(
      'a text or a Secret',
      (value) => typeof value === 'string' || value instanceof Secret,
    ),
  ),
  queue: v.optional(aNonEmptyText),
  topic: v.optional(aNonEmptyText),
};
const settingsSchema = v.strictObject(settings);
/** What is inside `broker` is the broker's to check, and only where one is started. */
const configSchema = v.strictObject({ ...settings, broker: v.optional(anObject<BrokerOptions>()) });
const ALIASES = {
  host: 'url',
  uri: 'url',
  server: 'url',
  login: 'user',
  username: 'user',
  passcode: 'password',
};

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function checkSettings(
  values: unknown,
  origin: (name: SettingName) => string,
): SettingsInput {
  return parseOptions(settingsSchema, values, placeOf(origin));
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function checkConfig(content: unknown, path: string): ConfigInput {
  return parseOptions(
    configSchema,
    content,
    placeOf(() => path),
  );
}

function placeOf(origin: (name: SettingName) => string) {
  return {
    describe: (key: string) =>
      key === ''
        ? `The settings (${origin('url')})`
        : `The setting ${key} (${origin(key as SettingName)})`,
    secrets: ['password'],
    aliases: ALIASES,
  };
}
