/**
 * The names of django-stomp, for those who come from there: a variable counts where its setting has none
 * of ours, and a note says what to write instead.
 */
import { CATALOGUE, type SettingPath } from './catalogue.js';
import { type Environment, given } from './environment.js';
import { readNumber, readSwitch } from './setting-kind.js';
import { checkValue } from './settings-check.js';
import type { SettingsLayer } from './settings-layer.js';

interface DjangoName {
  readonly name: string;
  readonly path: SettingPath;
  /** The value here of a text there. */
  read(text: string): unknown;
}

const asItIs = (text: string) => text;

const NAMES: readonly DjangoName[] = [
  { name: 'STOMP_SERVER_PORT', path: 'port', read: readNumber },
  { name: 'STOMP_SERVER_USER', path: 'user', read: asItIs },
  { name: 'STOMP_SERVER_PASSWORD', path: 'password', read: asItIs },
  { name: 'STOMP_SERVER_VHOST', path: 'virtualHost', read: asItIs },
  { name: 'STOMP_LISTENER_CLIENT_ID', path: 'clientId', read: asItIs },
  { name: 'STOMP_OUTGOING_HEARTBEAT', path: 'connection.heartBeatMs', read: readNumber },
  { name: 'STOMP_CORRELATION_ID_REQUIRED', path: 'correlation.required', read: readSwitch },
  { name: 'STOMP_GRACEFUL_WAIT_SECONDS', path: 'shutdown.drainTimeoutMs', read: readSeconds },
  { name: 'DEFAULT_STOMP_CA_CERTS', path: 'tls.caFile', read: asItIs },
  { name: 'DEFAULT_STOMP_CERT_FILE', path: 'tls.certFile', read: asItIs },
  { name: 'DEFAULT_STOMP_KEY_FILE', path: 'tls.keyFile', read: asItIs },
  { name: 'DEFAULT_STOMP_SSL_PASSWORD', path: 'tls.keyPassphrase', read: asItIs },
];

/** What has no setting here, and why. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  STOMP_INCOMING_HEARTBEAT: 'MQ_CONNECTION_HEART_BEAT_MS is for both directions',
  STOMP_WAIT_TO_CONNECT: 'the waits grow, up to MQ_CONNECTION_RECONNECT_MAX_DELAY_MS',
  STOMP_PROCESS_MSG_WORKERS: 'set MQ_LISTENER_CONCURRENCY to handle several messages at a time',
  STOMP_PROCESS_MSG_ON_BACKGROUND: 'a handler never stops the heart-beats here, unless it blocks',
  STOMP_DURABLE_TOPIC_SUBSCRIPTION: 'a listener says so with its option durable',
  STOMP_DEFAULT_EXCLUSIVE_QUEUE: 'no subscription is exclusive here',
  STOMP_SUBSCRIPTION_ID: 'ids of subscriptions are made here',
};

export interface DjangoStompLayer extends SettingsLayer {
  readonly notes: readonly string[];
}

/**
 * @param own what our variables say, which comes first.
 * @throws OptionsError `STOMP_OPT_INVALID`
 */
export function readDjangoStompNames(env: Environment, own: SettingsLayer): DjangoStompLayer {
  const values = new Map<SettingPath, unknown>();
  const names = new Map<string, string>();
  const notes: string[] = [];
  const take = (name: string, path: SettingPath, value: unknown): void => {
    if (own.values.has(path)) return;
    values.set(path, checkValue(path, value, `environment ${name}`));
    names.set(path, name);
    const instead = path === 'url' ? `MQ_URL=${value}` : variableOf(path);
    notes.push(`${name} is a name of django-stomp and will go: set ${instead} instead`);
  };
  const url = urlOf(env);
  if (url !== undefined) take('STOMP_SERVER_HOST', 'url', url);
  for (const { name, path, read } of NAMES) {
    const text = given(env, name);
    // Kubernetes sets STOMP_SERVER_PORT so, beside a Service named stomp-server.
    if (text !== undefined && !/^tcp:\/\//.test(text)) take(name, path, read(text));
  }
  // A failover url has the port of each server.
  if (url?.startsWith('failover:')) values.delete('port');
  for (const [name, why] of Object.entries(WITHOUT_MEANING)) {
    if (given(env, name) !== undefined) notes.push(`${name} of django-stomp has no effect: ${why}`);
  }
  return {
    values,
    destinations: {},
    origin: (path) => `environment ${names.get(path) ?? path}`,
    notes,
  };
}

/** From up to two hosts, and whether TLS is to be spoken. */
function urlOf(env: Environment): string | undefined {
  const host = given(env, 'STOMP_SERVER_HOST');
  if (host === undefined) return undefined;
  const isTls = readSwitch(given(env, 'STOMP_USE_SSL') ?? 'false') === true;
  const scheme = isTls ? 'stomp+ssl' : 'stomp';
  const server = (name: string, port: string | undefined) =>
    `${scheme}://${name.includes(':') ? `[${name}]` : name}${port === undefined ? '' : `:${port}`}`;
  const standby = given(env, 'STOMP_SERVER_STANDBY_HOST');
  if (standby === undefined) return server(host, undefined);
  const port = given(env, 'STOMP_SERVER_PORT');
  const standbyPort = given(env, 'STOMP_SERVER_STANDBY_PORT');
  return `failover:(${server(host, port)},${server(standby, standbyPort)})?randomize=false`;
}

function readSeconds(text: string): unknown {
  const seconds = readNumber(text);
  return typeof seconds === 'number' ? Math.round(seconds * 1_000) : text;
}

function variableOf(path: SettingPath): string {
  return CATALOGUE.find((row) => row.path === path)?.variable ?? path;
}
