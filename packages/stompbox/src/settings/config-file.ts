/**
 * Settings from `stompbox.config.ts`, `.js` or `.mjs` in the working directory:
 *
 *     import { defineConfig } from 'stompbox';
 *     export default defineConfig({ url: 'mq.example.com', queue: '/queue/orders' });
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OptionsError } from '@stompbox/protocol';
import { loadDefaultExport } from './load-module.js';
import type { ConfigInput } from './settings.js';
import { checkConfig } from './settings-check.js';

const FILE_NAMES = ['stompbox.config.ts', 'stompbox.config.js', 'stompbox.config.mjs'] as const;

export interface ConfigFile {
  readonly path: string;
  /** Checked, but for what is inside `broker`. */
  readonly content: ConfigInput;
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
  return { path, content: checkConfig(content, path) };
}
