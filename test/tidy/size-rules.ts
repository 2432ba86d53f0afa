/** How long files may be. The length of functions is a rule of the linter. */
import type { SourceFile } from '../repository.js';

const MAX_LINES = 500;
const MAX_TEST_LINES = 600;
/** The median file is below this. */
const MEDIAN_LINES = 150;

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

export function sizeViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = lineCount(file.text);
    const most = /(^|\/)test\//.test(file.path) ? MAX_TEST_LINES : MAX_LINES;
    return lines > most ? [`${file.path} has ${lines} lines, at most ${most}`] : [];
  });
}

export function medianViolation(files: readonly SourceFile[]): string | undefined {
  const lengths = files.map((file) => lineCount(file.text)).sort((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  if (median < MEDIAN_LINES) return undefined;
  return `the median file has ${median} lines, it must be below ${MEDIAN_LINES}`;
}
