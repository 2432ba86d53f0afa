/**
 * Loads a file that a user wrote to configure something, `.ts`, `.js` or `.mjs`, for its default export.
 *
 * It is loaded synchronously, so that settings are known before anything connects; it cannot use
 * top-level await. It finds `stompbox` even where the package is installed globally; of it, a
 * configuration needs only what gives it its types, and its destinations.
 */
import { OptionsError } from '@stompbox/protocol';
import { createJiti } from 'jiti';
import { queue, topic } from '../destination/destination.js';
import { defineBroker, defineConfig } from './settings.js';

/**
 * @param example what to write, for a module without a default export
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function loadDefaultExport(path: string, example: string): unknown {
  const module = loadModule(path);
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${path} has no default export: write export default ${example}`,
  );
}

/** @param why of its text one line is shown, because an error of a user is one line */
export function cannotLoad(path: string, why: unknown): OptionsError {
  const text = why instanceof Error ? why.message : String(why);
  const [firstLine = '', secondLine = ''] = text.split('\n', 2);
  // jiti tells the place of a syntax error on a line of its own, which ends with line and column.
  const line = /^ParseError: /.test(firstLine) ? /:(\d+):\d+$/.exec(secondLine)?.[1] : undefined;
  const place = line === undefined ? '' : ` (line ${line})`;
  return new OptionsError(
    'STOMP_OPT_INVALID',
    `${path} cannot be loaded: ${firstLine.trim()}${place}`,
    { cause: why },
  );
}

function loadModule(path: string): unknown {
  const load = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { stompbox: { defineBroker, defineConfig, queue, topic } },
  });
  try {
    return load(path);
  } catch (error) {
    throw cannotLoad(path, error);
  }
}
