/**
 * Settings from `stompbox.config.ts`, `.js` or `.mjs` in the working directory:
 *
 *     import { defineConfig } from 'stompbox';
 *     export default defineConfig({ url: 'mq.example.com', queue: '/queue/orders' });
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OptionsError } from '@stompbox/protocol';
import { show } from '../options.js';
import { loadDefaultExport } from './load-module.js';
import { checkSettings } from './settings-check.js';
import type { SettingsLayer } from './settings-layer.js';

const FILE_NAMES = ['stompbox.config.ts', 'stompbox.config.js', 'stompbox.config.mjs'] as const;

export interface ConfigFile {
  readonly path: string;
  readonly layer: SettingsLayer;
  /** The section of a broker, which only the broker can check, and only where one is started. */
  readonly broker: unknown;
}

/**
 * The configuration of a directory; undefined when it has none.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function loadConfigFile(directory: string): ConfigFile | undefined {
  const [path, second] = FILE_NAMES.map((name) => join(directory, name)).filter(existsSync);
  if (path === undefined) return undefined;
  if (second !== undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `There are two configurations, ${path} and ${second}: remove one`,
    );
  }
  const content = loadDefaultExport(path, 'defineConfig({ … })');
  const layer = checkSettings(content, () => path, ['broker']);
  const broker: unknown = Reflect.get(Object(content), 'broker');
  if (broker === undefined || isObject(broker)) return { path, layer, broker };
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting broker (${path}) must be an object, not ${show(broker)}`,
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
