/**
 * Taking a line of the shell apart. A message keeps the spaces within it as they were typed; names
 * of files may stand in double quotes, for the spaces in them.
 */
import { usageError } from '../report-error.js';

/** The first word, and all that follows the spaces after it. */
export function splitFirst(text: string): { readonly word: string; readonly rest: string } {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return { word, rest };
}

/** Words between spaces, or between double quotes. */
export function splitWords(text: string): string[] {
  if ((text.match(/"/g) ?? []).length % 2 === 1) {
    throw usageError('a double quote is not closed', 'write "a name with spaces"');
  }
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
