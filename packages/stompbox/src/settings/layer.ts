import type { SettingName, SettingsInput } from './settings.js';

/** The settings that one source gives: the arguments, the environment or a file. */
export interface SettingsLayer {
  readonly values: SettingsInput;
  /** Where the value of this setting stands, for messages: `environment MQ_PORT`. */
  origin(name: SettingName): string;
}
