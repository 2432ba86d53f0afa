/**
 * `stompbox check`: asks a running process how it is, for exec probes, HEALTHCHECK and people; or
 * whether the broker can be reached at all. Where the process is comes from the settings `health.…`.
 *
 *   0 ok      1 not ready      2 wrong arguments      3 nobody answers, or the answer is old
 *   4 the broker refused the login (with --connect)
 */
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { OptionsError, StompError } from '@stompbox/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { HEALTH_PROBES, type HealthProbe } from '../health/health-code.js';
import type { HealthReport, ProbeReport } from '../health/health-report.js';
import { DEFAULT_HEALTH_PORT } from '../health/health-server.js';
import { Settings } from '../settings/settings.js';
import { createMessaging } from '../stomp-messaging.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { usageError } from './report-error.js';

export interface CheckFlags extends ConnectionFlags {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly file?: string;
  readonly maxAge?: number;
  readonly connect?: true;
  readonly probe?: HealthProbe;
  readonly timeout?: number;
  readonly json?: true;
}

/** What was found, before it is known how to show it. */
interface Finding {
  readonly exitCode: number;
  /** For people, on one line. */
  readonly text: string;
  /** What the other side told, if it did. */
  readonly report?: ProbeReport;
}

const STATUS: Readonly<Record<number, string>> = {
  [EXIT.ok]: 'ok',
  [EXIT.failure]: 'failed',
  [EXIT.refused]: 'refused',
};

export function addCheckFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option(
      '--port <n>',
      `port of its health server (health.port, else ${DEFAULT_HEALTH_PORT})`,
      parsePort,
    )
    .option('--host <host>', 'host of its health server (health.host)')
    .option('--path <path>', 'what its paths begin with (health.path)')
    .option('--file <file>', 'read the file that it touches instead')
    .option('--max-age <ms>', 'with --file: older is no answer (30000)', parseNumber)
    .option('--connect', 'connect to the broker instead and wait for an answer')
    .option('--probe <name>', 'live, ready or started (ready)', parseProbe)
    .option('--timeout <ms>', 'how long to wait for an answer (5000)', parseNumber)
    .option('--json', 'print what was found as JSON');
}

export async function runCheck(context: CommandContext, flags: CheckFlags): Promise<number> {
  const ways = [flags.port, flags.file, flags.connect].filter((way) => way !== undefined);
  if (ways.length > 1) {
    throw usageError('--port, --file and --connect exclude each other', 'give one of them');
  }
  const finding = await find(context, flags);
  const { exitCode, text, report } = finding;
  const status = STATUS[exitCode] ?? 'unreachable';
  const json = { status, text, ...(report === undefined ? {} : { components: report.components }) };
  await context.terminal.data(flags.json ? JSON.stringify(json) : text);
  return exitCode;
}

function find(context: CommandContext, flags: CheckFlags): Promise<Finding> {
  if (flags.connect) return askBroker(context, flags);
  return flags.file === undefined
    ? askServer(serverUrl(context, flags), flags)
    : readTouched(flags.file, flags, context);
}

function serverUrl(context: CommandContext, flags: CheckFlags): string {
  const { health } = settingsOf(flags, context);
  const host = flags.host ?? reachable(health.host);
  const port = flags.port ?? health.port ?? DEFAULT_HEALTH_PORT;
  const path = (flags.path ?? health.path).replace(/\/$/, '');
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}/${flags.probe ?? 'ready'}`;
}

/** Who listens on all addresses is asked at this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

async function askServer(url: string, flags: CheckFlags): Promise<Finding> {
  try {
    const { status, text } = await get(url, flags.timeout ?? 5_000);
    if (status !== 200 && status !== 503) {
      return unreachable(`${url} answered ${status}: it is no health server of stompbox`);
    }
    return findingOf(flags.probe ?? 'ready', JSON.parse(text));
  } catch (error) {
    return unreachable(`${url} does not answer: ${reasonOf(error)}`);
  }
}

/** Not by fetch, which refuses ports that browsers must not use. */
async function get(url: string, timeoutMs: number): Promise<{ status: number; text: string }> {
  const outgoing = request(url, { signal: AbortSignal.timeout(timeoutMs), agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

async function readTouched(
  file: string,
  { probe = 'ready', maxAge = 30_000 }: CheckFlags,
  { ports }: CommandContext,
): Promise<Finding> {
  let report: Partial<HealthReport>;
  let ageMs: number;
  try {
    report = JSON.parse(await readFile(file, 'utf8'));
    // Its modification time is when the probe was ok last; this is when it was written.
    ageMs = Math.round((ports.now ?? Date.now)() - (await stat(file)).ctimeMs);
  } catch (error) {
    return unreachable(`${file} cannot be read: ${reasonOf(error)}`);
  }
  if (ageMs > maxAge) {
    return unreachable(`${file} is ${ageMs} ms old: the process hangs or has ended`);
  }
  return report[probe] === undefined
    ? unreachable(`${file} is no health file of stompbox`)
    : findingOf(probe, report[probe]);
}

async function askBroker(context: CommandContext, flags: CheckFlags): Promise<Finding> {
  const timeoutMs = flags.timeout ?? 5_000;
  const settings = settingsOf(flags, context);
  const once = { startup: 'fail', connectTimeoutMs: timeoutMs } as const;
  const messaging = createMessaging(
    new Settings({ ...settings, connection: { ...settings.connection, ...once } }),
    context.ports,
  );
  try {
    const connection = await messaging.getConnection();
    const ms = (await connection.rtt({ timeoutMs })).toFixed(1);
    return { exitCode: EXIT.ok, text: `ok: ${connection.peer} answered in ${ms} ms` };
  } catch (error) {
    if (error instanceof OptionsError) throw error;
    return { exitCode: exitCodeOf(error), text: reasonOf(error) };
  } finally {
    await messaging.close({ timeoutMs });
  }
}

function findingOf(probe: HealthProbe, report: ProbeReport): Finding {
  const failed = report.components.filter(({ status }) => status === 'failed');
  const reasons = failed.map(({ code, name, reason }) => `${code} (${name ?? 'here'}): ${reason}`);
  const isOk = report.status === 'ok';
  const text = isOk ? `ok: ${probe}` : `not ${probe}: ${reasons.join('; ')}`;
  return { exitCode: isOk ? EXIT.ok : EXIT.failure, text, report };
}

function unreachable(text: string): Finding {
  return { exitCode: EXIT.connection, text };
}

/** That something was aborted says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof StompError) return error.message;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function parseNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function parsePort(text: string): number {
  const port = parseNumber(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be from 1 to 65535.');
}

function parseProbe(text: string): HealthProbe {
  const probe = HEALTH_PROBES.find((name) => name === text);
  if (probe !== undefined) return probe;
  throw new InvalidArgumentError(`It must be one of ${HEALTH_PROBES.join(', ')}.`);
}
