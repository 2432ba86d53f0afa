/**
 * Saves a file that came in a message, as `sendfile` sends it: base64, with its name in a header.
 *
 * The name comes from anyone. So it is only ever the name of a new file, directly in the folder that
 * the user chose: no path leads out of it, nothing hidden is made, and nothing is overwritten.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../report-error.js';

const MAX_NAME_BYTES = 200;
const MAX_COPIES = 1_000;
const NO_BASE64 = /[^A-Za-z0-9+/=]/;

/**
 * @returns the path of the new file
 * @throws CommandError when the body is not base64, or the file cannot be written
 */
export function saveReceivedFile(folder: string, name: string, base64: string): string {
  const text = base64.replace(/\s/g, '');
  if (!isBase64(text)) {
    throw new CommandError('a file that arrived was not saved: its body is not base64');
  }
  const { file, handle } = openNew(folder, safeFileName(name));
  try {
    writeFileSync(handle, Buffer.from(text, 'base64'));
  } finally {
    closeSync(handle);
  }
  return file;
}

/** One line, with its padding. A pattern for the whole of it would overflow on large files. */
function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  const isPadded = padding === -1 || /^==?$/.test(text.slice(padding));
  return text.length % 4 === 0 && isPadded && !NO_BASE64.test(text);
}

/** The last part of any path, of Windows too, without what means something to a file system. */
export function safeFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  const harmless = base
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029<>:"|?*]/gu, '_')
    .replace(/^\.+/, (dots) => '_'.repeat(dots.length))
    .trim();
  const short = [...harmless];
  while (Buffer.byteLength(short.join('')) > MAX_NAME_BYTES) short.pop();
  return short.join('') || 'file';
}

/** `wx` makes the file or fails: it neither overwrites one nor follows a link. */
function openNew(folder: string, name: string): { file: string; handle: number } {
  const { name: stem, ext } = path.parse(name);
  for (let copy = 0; copy < MAX_COPIES; copy += 1) {
    const file = path.join(folder, copy === 0 ? name : `${stem}.${copy}${ext}`);
    try {
      return { file, handle: openSync(file, 'wx') };
    } catch (error) {
      if (isCode(error, 'EEXIST')) continue;
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(`a file that arrived was not saved: ${why}`, undefined, {
        cause: error,
      });
    }
  }
  throw new CommandError(
    `a file that arrived was not saved: ${folder} has ${MAX_COPIES} files of its name`,
    'move them away, or choose another folder with --save-files',
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
