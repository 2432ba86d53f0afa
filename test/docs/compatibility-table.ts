/**
 * What docs/compatibility.md claims and by which tests. A link to a test file names the test by its whole
 * sentence, that is with the names of the suites around it; `…` stands for what a test fills in as it
 * runs. A piece of a sentence that names no single test is no proof, so it is not accepted.
 */
import path from 'node:path';
import type { SourceFile } from '../repository.js';

export interface Row {
  readonly feature: string;
  readonly here: string;
  readonly how: string;
}

export const KINDS = ['same', 'different', 'not offered'] as const;

/** The rows of all tables that have these three columns. */
export function rowsOf(page: string): Row[] {
  const rows: Row[] = [];
  let isTable = false;
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) isTable = false;
    else if (/^\| feature \| here \| how \|$/.test(line)) isTable = true;
    else if (isTable && !/^\|[-|]+\|$/.test(line)) {
      const [feature = '', here = '', how = ''] = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      rows.push({ feature, here: here.replaceAll('*', ''), how });
    }
  }
  return rows;
}

export interface TestLink {
  /** As the page writes it, without its escapes. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
}

/** Links to tests; others are not looked at. */
export function testLinks({ path: page, text }: SourceFile): TestLink[] {
  const links = text.matchAll(/\[((?:\\.|[^\]\\])+)\]\(([^)\s]+\.test\.ts)\)/g);
  return [...links].map(([, name = '', target = '']) => ({
    name: name.replaceAll(/\\(.)/g, '$1'),
    file: path.join(path.dirname(page), target),
  }));
}

/** The end of a block, or the begin of a suite or a test with its title. */
const TITLE =
  /^( *)(?:\}\);$|(describe|test)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`))/gm;

/** The sentences of a file's tests, suites included, `…` for what is filled in. */
export function testNames(source: string): Set<string> {
  const names = new Set<string>();
  let suites: Array<{ readonly indent: number; readonly title: string }> = [];
  for (const [, space = '', call, single, double, template] of source.matchAll(TITLE)) {
    const indent = space.length;
    const title = (single ?? double ?? template?.replaceAll(/\$\{[^}]*\}/g, '…') ?? '').replaceAll(
      /\\(.)/g,
      '$1',
    );
    suites = suites.filter((suite) => suite.indent < indent);
    if (call === undefined) continue;
    if (call === 'describe') suites.push({ indent, title });
    else names.add([...suites.map((suite) => suite.title), title].join(' '));
  }
  return names;
}
