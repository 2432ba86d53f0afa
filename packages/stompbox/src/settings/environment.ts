/**
 * Settings from the environment: MQ_URL, MQ_PORT, MQ_USER, MQ_PASSWORD, MQ_QUEUE, MQ_TOPIC, and
 * MQ_PASSWORD_FILE for a password that a platform mounts as a file. An empty variable counts as
 * not set, because compose files and shells pass on variables that way.
 *
 * Kubernetes too sets MQ_PORT, to tcp://10.0.0.1:61613, in each pod beside a Service named mq.
 */
import { readFileSync } from 'node:fs';
import { OptionsError } from '@stompbox/protocol';
import { suggestName } from '../suggestion.js';
import { BrokerUrlError, parseBrokerUrl } from './broker-url.js';
import type { SettingsLayer } from './layer.js';
import type { SettingName } from './settings.js';

const VARIABLES = {
  url: 'MQ_URL',
  port: 'MQ_PORT',
  user: 'MQ_USER',
  password: 'MQ_PASSWORD',
  queue: 'MQ_QUEUE',
  topic: 'MQ_TOPIC',
} as const satisfies Record<SettingName, string>;
const PASSWORD_FILE = 'MQ_PASSWORD_FILE';
const KNOWN = [...Object.values(VARIABLES), PASSWORD_FILE];

export type Environment = Readonly<Record<string, string | undefined>>;

export function readEnvironment(env: Environment): SettingsLayer {
  refuseMisspelt(env);
  const password = readPassword(env);
  return {
    values: {
      url: given(env, VARIABLES.url),
      port: readPort(given(env, VARIABLES.port), given(env, VARIABLES.url)),
      user: given(env, VARIABLES.user),
      password: password?.text,
      queue: given(env, VARIABLES.queue),
      topic: given(env, VARIABLES.topic),
    },
    origin: (name) =>
      `environment ${name === 'password' ? (password?.variable ?? VARIABLES.password) : VARIABLES[name]}`,
  };
}

function given(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === '' ? undefined : value;
}

/** Other programs have MQ_ variables too, so only a name one mistake away from ours is an error. */
function refuseMisspelt(env: Environment): void {
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('MQ_') || KNOWN.includes(variable)) continue;
    const near = suggestName(variable, KNOWN, 1);
    if (near === undefined) continue;
    throw new OptionsError(
      'STOMP_OPT_UNKNOWN',
      `The environment variable ${variable} is not a setting: did you mean ${near}?`,
    );
  }
}

function readPort(text: string | undefined, url: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  const isOfKubernetes = /^tcp:\/\/[^/]+:\d+$/.test(text);
  if (isOfKubernetes && url !== undefined && hasPort(url)) return undefined;
  const hint = isOfKubernetes
    ? ': Kubernetes sets it for a Service named mq; set enableServiceLinks: false in the pod, or ' +
      'write the port into MQ_URL, for example MQ_URL=mq:61613'
    : '';
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The setting port (environment MQ_PORT) must be a whole number from 0 to 65535, ` +
      `not ${JSON.stringify(text.slice(0, 60))}${hint}`,
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

function readPassword(env: Environment): { text: string; variable: string } | undefined {
  const text = given(env, VARIABLES.password);
  const file = given(env, PASSWORD_FILE);
  if (file === undefined) {
    return text === undefined ? undefined : { text, variable: VARIABLES.password };
  }
  if (text !== undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'The setting password is given twice, by environment MQ_PASSWORD and MQ_PASSWORD_FILE: unset one',
    );
  }
  return { text: readSecretFile(file, `environment ${PASSWORD_FILE}`), variable: PASSWORD_FILE };
}

/** The text of a file that holds a secret, without the line end that editors add. */
export function readSecretFile(file: string, origin: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The password file ${JSON.stringify(file)} (${origin}) cannot be read: ${why}`,
      { cause: error },
    );
  }
}
