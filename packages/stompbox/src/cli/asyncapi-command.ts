/**
 * `stompbox asyncapi`: writes the AsyncAPI document of an application, from the destinations of its
 * configuration and from its listeners. No broker is needed, and none is asked.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { asyncApiDocument } from '../asyncapi/async-api-document.js';
import type { ConsumedListener } from '../asyncapi/async-api-options.js';
import type { AsyncApiInfo } from '../asyncapi/async-api-types.js';
import { asyncApiPage } from '../asyncapi/html/async-api-page.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { EXIT } from './exit-code.js';
import { findListenerFiles, listenerFiles } from './listen/listener-files.js';
import { loadListeners } from './listen/listener-modules.js';
import { CommandError, usageError } from './report-error.js';

export interface AsyncApiFlags extends ConnectionFlags {
  readonly out?: string;
  readonly html?: string;
  readonly check?: true;
  readonly title?: string;
  readonly apiVersion?: string;
  readonly request?: readonly string[];
}

export function addAsyncApiFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('--out <file>', 'write the document there, as JSON (default: standard output)')
    .option('--html <file>', 'write it as one HTML page for people, too')
    .option('--check', 'write nothing; fail when the files do not say what they would')
    .option('--title <text>', 'title of the document (default: the name in package.json)')
    .option('--api-version <version>', 'its version (default: the version in package.json)')
    .option(
      '--request <destination...>',
      'destinations whose messages are answered at their reply-to',
    );
}

export async function runAsyncApi(
  context: CommandContext,
  files: readonly string[],
  flags: AsyncApiFlags,
): Promise<number> {
  if (flags.check && flags.out === undefined && flags.html === undefined) {
    throw usageError('--check compares files: name them with --out or --html');
  }
  const { cwd } = context.settings;
  const settings = settingsOf(flags, context);
  const document = asyncApiDocument({
    info: infoOf(flags, cwd),
    settings,
    destinations: settings.destinations,
    listeners: await listenersOf(files, cwd),
    requests: (flags.request ?? []).map((destination) => ({ destination })),
  });
  const json = `${JSON.stringify(document, null, 2)}\n`;
  if (flags.out === undefined && flags.html === undefined) {
    await context.terminal.data(json.trimEnd());
    return EXIT.ok;
  }
  const wanted = [
    ...(flags.out === undefined ? [] : [{ file: flags.out, text: json }]),
    ...(flags.html === undefined ? [] : [{ file: flags.html, text: asyncApiPage(document) }]),
  ];
  for (const { file, text } of wanted) {
    const path = resolve(cwd, file);
    if (flags.check) compare(path, file, text);
    else write(path, text);
    context.terminal.talk(`${flags.check ? 'up to date:' : 'wrote'} ${file}`);
  }
  return EXIT.ok;
}

async function listenersOf(files: readonly string[], cwd: string): Promise<ConsumedListener[]> {
  const paths = files.length === 0 ? findListenerFiles(cwd) : listenerFiles(files, cwd);
  const listeners: ConsumedListener[] = [];
  for (const path of paths) {
    for (const listener of await loadListeners(path)) listeners.push({ listener });
  }
  return listeners;
}

function infoOf({ title, apiVersion }: AsyncApiFlags, cwd: string): AsyncApiInfo {
  const own = readPackage(cwd);
  return {
    title: title ?? own['name'] ?? basename(cwd),
    version: apiVersion ?? own['version'] ?? '0.0.0',
    ...(own['description'] ? { description: own['description'] } : {}),
  };
}

/** The texts of the application's package.json; it need not have one. */
function readPackage(cwd: string): Readonly<Record<string, string>> {
  const path = resolve(cwd, 'package.json');
  const text = readText(path);
  if (text === undefined) return {};
  const content: unknown = parsed(path, text);
  if (typeof content !== 'object' || content === null) return {};
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => typeof value === 'string' && value !== ''),
  );
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${path} is not JSON`, 'correct it', { cause: error });
  }
}

function compare(path: string, file: string, text: string): void {
  const found = readText(path);
  if (found === text) return;
  const what = found === undefined ? 'does not exist' : 'is out of date';
  throw new CommandError(`${file} ${what}`, 'run the same command without --check');
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} cannot be written: ${why}`, 'name another file', {
      cause: error,
    });
  }
}

/** Undefined where there is no such file. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
