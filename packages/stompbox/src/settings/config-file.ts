/**
 * Settings from `stompbox.config.ts`, `.js` or `.mjs` in the working directory:
 *
 *     import { defineConfig } from 'stompbox';
 *     export default defineConfig({ url: 'mq.example.com', queue: '/queue/orders' });
 *
 * The file is loaded synchronously, so that settings are known before anything connects; it cannot
 * use top-level await. It finds `stompbox` even where the package is installed globally; of it, a
 * configuration needs only `defineConfig`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OptionsError } from '@stompbox/protocol';
import { createJiti } from 'jiti';
import { defineConfig } from './settings.js';

const FILE_NAMES = ['stompbox.config.ts', 'stompbox.config.js', 'stompbox.config.mjs'] as const;

export interface ConfigFile {
  readonly path: string;
  /** The default export, not checked yet. */
  readonly content: unknown;
}

/** The configuration of a directory; undefined when it has none. */
export function loadConfigFile(directory: string): ConfigFile | undefined {
  const [path, second] = FILE_NAMES.map((name) => join(directory, name)).filter(existsSync);
  if (path === undefined) return undefined;
  if (second !== undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `There are two configurations, ${path} and ${second}: remove one`,
    );
  }
  const module = loadModule(path);
  if (typeof module !== 'object' || module === null || !('default' in module)) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `${path} has no default export: write export default defineConfig({ … })`,
    );
  }
  return { path, content: module.default };
}

function loadModule(path: string): unknown {
  const load = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { stompbox: { defineConfig } },
  });
  try {
    return load(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionsError('STOMP_OPT_INVALID', `${path} cannot be loaded: ${firstLine(why)}`, {
      cause: error,
    });
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
