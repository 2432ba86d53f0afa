/**
 * "Did you mean …?" for a misspelt name. Compares without regard to case and counts a swap of two
 * neighbours as one mistake, because that is how fingers err.
 */

/** The known name nearest to `name`, or undefined when none is near enough to be meant. */
export function suggestName(
  name: string,
  known: readonly string[],
  maxMistakes = name.length > 5 ? 2 : 1,
): string | undefined {
  let best: string | undefined;
  let fewest = maxMistakes + 1;
  for (const candidate of known) {
    const mistakes = countMistakes(name.toLowerCase(), candidate.toLowerCase());
    if (mistakes < fewest) [best, fewest] = [candidate, mistakes];
  }
  return best;
}

/** Edit distance with swaps ("optimal string alignment"), row by row. */
function countMistakes(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + same,
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2];
      if (isSwap && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
