/**
 * Settings from the environment: `MQ_URL`, `MQ_LISTENER_CONCURRENCY` … as the catalogue names them, and
 * with `_FILE` for what a platform mounts as a file. An empty variable counts as not set, because compose
 * files and shells pass on variables that way.
 *
 * Kubernetes too sets MQ_PORT, to tcp://10.0.0.1:61613, in each pod beside a Service named mq.
 */
import { readFileSync } from 'node:fs';
import { OptionsError } from '@stompbox/protocol';
import { suggestName } from '../suggestion.js';
import { BrokerUrlError, parseBrokerUrl } from './broker-url.js';
import { CATALOGUE, type SettingPath } from './catalogue.js';
import type { SettingRow } from './setting-row.js';
import { checkValue } from './settings-check.js';
import type { SettingsLayer } from './settings-layer.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const KNOWN = CATALOGUE.flatMap(({ variable, isFromFile }) => {
  if (variable === undefined) return [];
  return isFromFile ? [variable, fileVariable(variable)] : [variable];
});
/** Two mistakes in a name that is shorter make another word of it. */
const LONG_NAME = 'MQ_QUEUES'.length;
/** One of several, as MQ_QUEUE_2 beside MQ_QUEUE_1: nobody mistypes that. */
const NUMBERED = /\d$/;
const OF_KUBERNETES = /^tcp:\/\/[^/]+:\d+$/;

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function readEnvironment(env: Environment): SettingsLayer {
  refuseMisspelt(env);
  const values = new Map<SettingPath, unknown>();
  const variables = new Map<string, string>();
  for (const row of CATALOGUE) {
    const found = readVariable(env, row);
    if (found === undefined) continue;
    const { variable, text } = found;
    if (row.path === 'port' && isOfKubernetes(text, given(env, 'MQ_URL'))) continue;
    variables.set(row.path, variable);
    values.set(row.path, checkValue(row.path, row.kind.read(text), `environment ${variable}`));
  }
  return {
    values,
    destinations: {},
    origin: (path) => `environment ${variables.get(path) ?? path}`,
  };
}

/** The variable's value; undefined when it is not set, or empty. */
export function given(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === '' ? undefined : value;
}

/** Other programs have MQ_ variables too, so only a name near to one of ours is an error. */
function refuseMisspelt(env: Environment): void {
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('MQ_') || KNOWN.includes(variable)) continue;
    if (NUMBERED.test(variable)) continue;
    const near = suggestName(variable, KNOWN, variable.length < LONG_NAME ? 1 : 2);
    if (near === undefined) continue;
    throw new OptionsError(
      'STOMP_OPT_UNKNOWN',
      `The environment variable ${variable} is not a setting: did you mean ${near}?`,
    );
  }
}

function readVariable(
  env: Environment,
  { path, variable, isFromFile }: SettingRow,
): { readonly text: string; readonly variable: string } | undefined {
  if (variable === undefined) return undefined;
  const text = given(env, variable);
  const fromFile = fileVariable(variable);
  const file = isFromFile ? given(env, fromFile) : undefined;
  if (file === undefined) return text === undefined ? undefined : { text, variable };
  if (text === undefined) {
    return { text: readSecretFile(file, `environment ${fromFile}`, path), variable: fromFile };
  }
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting ${path} is given twice, by environment ${variable} and ${fromFile}: unset one`,
  );
}

/**
 * Whether a port is the work of Kubernetes, and of no use.
 *
 * @param url where the port may stand too
 * @throws OptionsError `STOMP_OPT_INVALID` when it is the only port there is
 */
function isOfKubernetes(text: string, url: string | undefined): boolean {
  if (!OF_KUBERNETES.test(text)) return false;
  if (url !== undefined && hasPort(url)) return true;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'The setting port (environment MQ_PORT) must be a whole number from 0 to 65535, ' +
      `not ${JSON.stringify(text.slice(0, 60))}: Kubernetes sets it for a Service named mq; set ` +
      'enableServiceLinks: false in the pod, or write the port into MQ_URL, for example MQ_URL=mq:61613',
  );
}

/** True also for a URL that is wrong, about which there is a better error than about its port. */
function hasPort(url: string): boolean {
  try {
    const broker = parseBrokerUrl(url);
    return broker.kind === 'failover' || broker.port !== undefined;
  } catch (error) {
    if (error instanceof BrokerUrlError) return true;
    throw error;
  }
}

function fileVariable(variable: string): string {
  return `${variable}_FILE`;
}

/** The text of a file that holds a secret, without the line end that editors add. */
export function readSecretFile(file: string, origin: string, path = 'password'): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The ${path} file ${JSON.stringify(file)} (${origin}) cannot be read: ${why}`,
      { cause: error },
    );
  }
}
