/** Asks selectors about messages that are plain objects. */
import { parseSelector, type SelectorValues } from '../../dist/selector/selector.js';

export type Values = Readonly<Record<string, string | number | boolean>>;

export function valuesOf(values: Values): SelectorValues {
  const map = new Map(Object.entries(values));
  return { get: (name) => map.get(name) };
}

export function matches(selector: string, values: Values = {}): boolean {
  return parseSelector(selector).matches(valuesOf(values));
}

/** Unknown matches neither itself nor its negation. The line end closes a comment. */
export function truthOf(selector: string, values: Values = {}): boolean | 'unknown' {
  if (matches(selector, values)) return true;
  return matches(`NOT (${selector}\n)`, values) ? false : 'unknown';
}
