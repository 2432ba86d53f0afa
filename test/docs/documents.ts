/** What can be read from documents: links, the hops of a walk, the codes of errors. */
import path from 'node:path';
import type { SourceFile } from '../repository.js';

const CODE_BLOCK = /^(```|~~~)[\s\S]*?^\1|^ {4}.*$/gm;
const CODE_SPAN = /`[^`\n]*`/g;
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** Links to files or headings that are not there, as `document: target`. Links elsewhere are not looked at. */
export function brokenLinks(
  documents: readonly SourceFile[],
  exists: (file: string) => boolean,
): string[] {
  return documents.flatMap((document) => {
    const prose = document.text.replace(CODE_BLOCK, '').replace(CODE_SPAN, 'code');
    const targets = [...prose.matchAll(LINK)].map(([, target]) => target ?? '');
    return targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leadsSomewhere(document, target, exists))
      .map((target) => `${document.path}: ${target}`);
  });
}

function leadsSomewhere(
  document: SourceFile,
  target: string,
  exists: (file: string) => boolean,
): boolean {
  const [file = '', heading] = target.split('#');
  if (file !== '') return exists(path.posix.join(path.posix.dirname(document.path), file));
  return heading === undefined || headings(document.text).includes(heading);
}

/** Anchors of the headings, as web pages of repositories make them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** The files of a walk, one per numbered hop. */
export function walkFiles(architecture: string, walk: string): string[] {
  const [, section = ''] = architecture.split(new RegExp(`^### ${walk}$`, 'm'));
  const [hops = ''] = section.split(/^#/m);
  return [...hops.matchAll(/^\d+\. \[[^\]]*\]\(([^)]+)\)/gm)].map(([, file]) => file ?? '');
}

const CODE = /\bSTOMP_[A-Z]+_[A-Z0-9_]*[A-Z0-9]\b/g;

/** Codes in the text of sources, sorted. */
export function raisedCodes(sources: readonly SourceFile[]): string[] {
  const found = sources.flatMap(({ text }) => text.match(CODE) ?? []);
  return [...new Set(found)].sort();
}

/** Codes that have a row of their own in a table, sorted. */
export function documentedCodes(text: string): string[] {
  return [...text.matchAll(/^\| `(STOMP_\w+)` \|/gm)].map(([, code]) => code ?? '').sort();
}
