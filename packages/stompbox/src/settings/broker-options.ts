/**
 * The options of a broker from a file: one of their own, or the section `broker` of
 * `stompbox.config.ts`. What they may be is checked by the broker's own rules; an error says in which
 * file the option stands. Paths in a file are relative to that file.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { type BrokerOptions, resolveBrokerOptions } from '@stompbox/broker';
import { OptionsError } from '@stompbox/protocol';
import { loadConfigFile } from './config-file.js';
import { cannotLoad, loadDefaultExport } from './load-module.js';

/** Where the options of a broker are looked for. */
export interface BrokerOptionsSource {
  /** `.json`, or `.ts`, `.js` or `.mjs` with a default export. Default: the configuration in `cwd`. */
  readonly file?: string;
  /** Directory of `stompbox.config.ts`, and of a relative `file`. Default the working directory. */
  readonly cwd?: string;
}

/** Options that JSON cannot hold. */
const FUNCTIONS = ['onEvent', 'clock', 'random'];

/** Options that name a file or a directory; `*` stands for every entry of a list. */
const PATH_OPTIONS: readonly string[] = [
  'data',
  'security.usersFile',
  'connectors.*.tls.keyFile',
  'connectors.*.tls.certFile',
  'connectors.*.tls.caFile',
];

/**
 * The options for `startBroker` that a file holds, checked, with all paths absolute; none when there is
 * no file.
 *
 *     const broker = await startBroker(readBrokerOptions());
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function readBrokerOptions(source: BrokerOptionsSource = {}): BrokerOptions {
  const cwd = source.cwd ?? process.cwd();
  if (source.file !== undefined) {
    const path = resolve(cwd, source.file);
    return checked(path, path, readFile(path));
  }
  const config = loadConfigFile(cwd);
  if (config?.broker === undefined) return {};
  return checked(config.path, `${config.path}, section broker`, config.broker);
}

function readFile(path: string): unknown {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `${path} is not there, or is no file: name the file with the options of the broker`,
    );
  }
  switch (extname(path)) {
    case '.json':
      return readJson(path);
    case '.ts':
    case '.js':
    case '.mjs':
      return loadDefaultExport(path, 'defineBroker({ … })');
    default:
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `${path} is no configuration: name a file that ends with .json, .ts, .js or .mjs`,
      );
  }
}

function readJson(path: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw cannotLoad(path, error);
  }
  const name = FUNCTIONS.find((one) => Object.hasOwn(Object(content), one));
  if (name === undefined) return content;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${path}: ${name} is code, which JSON cannot hold: leave it out, or write a .ts, .js or .mjs file`,
  );
}

/** @param place what an error calls the file */
function checked(path: string, place: string, content: unknown): BrokerOptions {
  const toAbsolute = (text: string) => resolve(dirname(path), text);
  const options = PATH_OPTIONS.reduce(
    (changed, option) => changeAt(changed, option.split('.'), toAbsolute),
    content,
  ) as BrokerOptions;
  try {
    resolveBrokerOptions(options);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new OptionsError(error.code, `${place}: ${error.message}`, { cause: error });
  }
  return options;
}

/** A copy with another text at this place; whatever is no text there is left for the check to refuse. */
function changeAt(
  value: unknown,
  [name, ...rest]: readonly string[],
  change: (text: string) => string,
): unknown {
  if (name === undefined) return typeof value === 'string' && value !== '' ? change(value) : value;
  if (Array.isArray(value)) {
    return name === '*' ? value.map((entry) => changeAt(entry, rest, change)) : value;
  }
  if (!isObject(value) || !Object.hasOwn(value, name)) return value;
  return { ...value, [name]: changeAt(value[name], rest, change) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
