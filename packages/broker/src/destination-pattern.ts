/**
 * Names of destinations with ActiveMQ's wildcards. Dots part a name into elements; in a pattern
 *
 *   *   as a whole element stands for exactly one element
 *   >   as the last element stands for all that follow, none included: a.b.> also matches a.b
 *
 * Anywhere else both are ordinary characters. Patterns know names only: that a queue and a topic of
 * the same name differ is the business of who asks.
 */

export interface DestinationPattern {
  /** As it was written. */
  readonly text: string;
  /** Its elements, without the `>` at the end. */
  readonly elements: readonly string[];
  /** Whether it ends with `>`. */
  readonly isOpen: boolean;
  matches(name: string): boolean;
}

const ONE = '*';
const REST = '>';

export function parsePattern(text: string): DestinationPattern {
  const all = text.split('.');
  const isOpen = all.at(-1) === REST;
  const elements = isOpen ? all.slice(0, -1) : all;
  return { text, elements, isOpen, matches: matcher(elements, isOpen) };
}

/** True when the name stands for others: it has an element `*`, or its last one is `>`. */
export function isPattern(name: string): boolean {
  if (!name.includes(ONE) && !name.endsWith(REST)) return false;
  const { elements, isOpen } = parsePattern(name);
  return isOpen || elements.includes(ONE);
}

/** Whether there is a name that both match. */
export function patternsOverlap(a: DestinationPattern, b: DestinationPattern): boolean {
  const both = Math.min(a.elements.length, b.elements.length);
  for (let index = 0; index < both; index += 1) {
    const [one, other] = [a.elements[index], b.elements[index]];
    if (one !== other && one !== ONE && other !== ONE) return false;
  }
  const [shorter, longer] = a.elements.length <= b.elements.length ? [a, b] : [b, a];
  return shorter.isOpen || shorter.elements.length === longer.elements.length;
}

/** Whether every name that the second one matches is matched by the first one. */
export function patternCovers(outer: DestinationPattern, inner: DestinationPattern): boolean {
  for (const [index, element] of outer.elements.entries()) {
    const other = inner.elements[index];
    if (other === undefined || (element !== ONE && element !== other)) return false;
  }
  return outer.isOpen || (!inner.isOpen && inner.elements.length === outer.elements.length);
}

/** Most patterns are a plain name, or one with `>` behind it: for those no name is cut into pieces. */
function matcher(elements: readonly string[], isOpen: boolean): (name: string) => boolean {
  if (elements.includes(ONE)) return (name) => matchesElements(elements, isOpen, name);
  const whole = elements.join('.');
  if (!isOpen) return (name) => name === whole;
  if (elements.length === 0) return () => true;
  const prefix = `${whole}.`;
  return (name) => name === whole || name.startsWith(prefix);
}

function matchesElements(elements: readonly string[], isOpen: boolean, name: string): boolean {
  const last = elements.length - 1;
  let from = 0;
  for (const [index, element] of elements.entries()) {
    const dot = name.indexOf('.', from);
    const end = dot === -1 ? name.length : dot;
    const isSame = end - from === element.length && name.startsWith(element, from);
    if (element !== ONE && !isSame) return false;
    if (index === last) return isOpen || dot === -1;
    if (dot === -1) return false;
    from = dot + 1;
  }
  return true;
}
