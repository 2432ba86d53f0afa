/**
 * Selectors as trees: how one is written, and what it says of a message, slowly and step by step. Serves
 * the tests as the other opinion.
 */
import type { Values } from './selecting.js';

/** `null` is NULL, and unknown. */
type Plain = string | boolean | null | Numeric;

interface Numeric {
  readonly type: 'int' | 'long' | 'double';
  readonly value: bigint | number;
}

export type Tree =
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'whole'; readonly value: bigint; readonly radix: 8 | 10 | 16 }
  | { readonly is: 'fraction'; readonly source: string }
  | { readonly is: 'truth'; readonly value: boolean | null }
  | { readonly is: 'sign'; readonly operand: Tree }
  | {
      readonly is: 'arithmetic';
      readonly operator: string;
      readonly left: Tree;
      readonly right: Tree;
    }
  | {
      readonly is: 'compare';
      readonly comparator: string;
      readonly left: Tree;
      readonly right: Tree;
    }
  | { readonly is: 'between'; readonly not: boolean; readonly parts: readonly [Tree, Tree, Tree] }
  | {
      readonly is: 'in';
      readonly not: boolean;
      readonly name: string;
      readonly texts: readonly string[];
    }
  | {
      readonly is: 'like';
      readonly not: boolean;
      readonly operand: Tree;
      readonly pattern: string;
      readonly escape: string | undefined;
    }
  | { readonly is: 'null'; readonly not: boolean; readonly operand: Tree }
  | { readonly is: 'not'; readonly operand: Tree }
  | { readonly is: 'and' | 'or'; readonly left: Tree; readonly right: Tree };

/** How tightly the outermost operator of a tree binds. */
const LEVELS = {
  or: 0,
  and: 1,
  not: 2,
  comparison: 3,
  sum: 4,
  product: 5,
  sign: 6,
  atom: 7,
} as const;

function levelOf(tree: Tree): number {
  switch (tree.is) {
    case 'or':
    case 'and':
    case 'not':
    case 'sign':
      return LEVELS[tree.is];
    case 'arithmetic':
      return tree.operator === '+' || tree.operator === '-' ? LEVELS.sum : LEVELS.product;
    case 'compare':
    case 'between':
    case 'in':
    case 'like':
    case 'null':
      return LEVELS.comparison;
    default:
      return LEVELS.atom;
  }
}

/** The words of a tree, with parentheses only where they are needed. */
export function wordsOf(tree: Tree, level: number = LEVELS.or): string[] {
  if (levelOf(tree) < level) return ['(', ...wordsOf(tree), ')'];
  switch (tree.is) {
    case 'and':
    case 'or':
      return [
        ...wordsOf(tree.left, LEVELS[tree.is]),
        tree.is.toUpperCase(),
        ...wordsOf(tree.right, LEVELS[tree.is] + 1),
      ];
    case 'not':
      return ['NOT', ...wordsOf(tree.operand, LEVELS.not)];
    case 'sign':
      return ['-', ...wordsOf(tree.operand, LEVELS.sign)];
    case 'arithmetic': {
      const own = levelOf(tree);
      return [...wordsOf(tree.left, own), tree.operator, ...wordsOf(tree.right, own + 1)];
    }
    default:
      return isPredicate(tree) ? predicateWords(tree) : [atomWord(tree)];
  }
}

type Predicate = Extract<Tree, { is: 'compare' | 'between' | 'in' | 'like' | 'null' }>;

function isPredicate(tree: Tree): tree is Predicate {
  return levelOf(tree) === LEVELS.comparison;
}

function predicateWords(tree: Predicate): string[] {
  const operand = (part: Tree) => wordsOf(part, LEVELS.sum);
  if (tree.is === 'compare')
    return [...operand(tree.left), tree.comparator, ...operand(tree.right)];
  const not = tree.not ? ['NOT'] : [];
  switch (tree.is) {
    case 'between': {
      const [value, low, high] = tree.parts;
      return [...operand(value), ...not, 'BETWEEN', ...operand(low), 'AND', ...operand(high)];
    }
    case 'in': {
      const list = tree.texts.flatMap((text) => [',', quote(text)]).slice(1);
      return [tree.name, ...not, 'IN', '(', ...list, ')'];
    }
    case 'like': {
      const ending = tree.escape === undefined ? [] : ['ESCAPE', quote(tree.escape)];
      return [...operand(tree.operand), ...not, 'LIKE', quote(tree.pattern), ...ending];
    }
    case 'null':
      return [...operand(tree.operand), 'IS', ...not, 'NULL'];
  }
}

function atomWord(tree: Tree): string {
  switch (tree.is) {
    case 'name':
      return tree.name;
    case 'string':
      return quote(tree.text);
    case 'fraction':
      return tree.source;
    case 'whole':
      if (tree.radix === 16) return `0x${tree.value.toString(16)}`;
      return tree.radix === 8 ? `0${tree.value.toString(8)}` : tree.value.toString();
    case 'truth':
      return tree.value === null ? 'NULL' : String(tree.value).toUpperCase();
    default:
      throw new TypeError(`${tree.is} is no single word`);
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What a tree says of a message. */
export function referenceTruth(tree: Tree, message: Values): boolean | null {
  const value = evaluate(tree, message);
  if (typeof value === 'boolean' || value === null) return value;
  // A header or a number where a condition is asked for is not true.
  return false;
}

function evaluate(tree: Tree, message: Values): Plain {
  switch (tree.is) {
    case 'name':
      return header(message, tree.name);
    case 'string':
      return tree.text;
    case 'whole':
      return { type: tree.value < 2n ** 31n ? 'int' : 'long', value: tree.value };
    case 'fraction':
      return { type: 'double', value: Number(tree.source) };
    case 'truth':
      return tree.value;
    case 'sign': {
      const operand = evaluate(tree.operand, message);
      return isNumeric(operand) ? { type: operand.type, value: -operand.value } : null;
    }
    case 'arithmetic':
      return compute(tree.operator, evaluate(tree.left, message), evaluate(tree.right, message));
    case 'not': {
      const truth = referenceTruth(tree.operand, message);
      return truth === null ? null : !truth;
    }
    case 'and':
    case 'or': {
      const decisive = tree.is === 'or';
      const truths = [referenceTruth(tree.left, message), referenceTruth(tree.right, message)];
      if (truths.includes(decisive)) return decisive;
      return truths.includes(null) ? null : !decisive;
    }
    default:
      return predicate(tree, message);
  }
}

function header(message: Values, name: string): Plain {
  const value = Object.hasOwn(message, name) ? message[name] : undefined;
  if (typeof value === 'number') return { type: 'long', value: BigInt(value) };
  return value ?? null;
}

function predicate(tree: Predicate, message: Values): boolean | null {
  if (tree.is === 'compare') {
    const left = evaluate(tree.left, message);
    return compare(tree.comparator, left, evaluate(tree.right, message));
  }
  const truth = positive(tree, message);
  if (tree.is === 'between' && tree.not) {
    const [value, low, high] = tree.parts.map((part) => evaluate(part, message)) as [
      Plain,
      Plain,
      Plain,
    ];
    const truths = [compare('<', value, low), compare('>', value, high)];
    return truths.includes(true) ? true : truths.includes(null) ? null : false;
  }
  return tree.not && truth !== null ? !truth : truth;
}

function positive(tree: Exclude<Predicate, { is: 'compare' }>, message: Values): boolean | null {
  switch (tree.is) {
    case 'between': {
      const [value, low, high] = tree.parts.map((part) => evaluate(part, message)) as [
        Plain,
        Plain,
        Plain,
      ];
      const truths = [compare('>=', value, low), compare('<=', value, high)];
      return truths.includes(false) ? false : truths.includes(null) ? null : true;
    }
    case 'in': {
      const value = header(message, tree.name);
      return typeof value === 'string' ? tree.texts.includes(value) : null;
    }
    case 'like': {
      const value = evaluate(tree.operand, message);
      if (value === null) return null;
      return typeof value === 'string' && referenceLike(value, tree.pattern, tree.escape);
    }
    case 'null':
      return evaluate(tree.operand, message) === null;
  }
}

function compute(operator: string, left: Plain, right: Plain): Plain {
  if (!isNumeric(left) || !isNumeric(right)) return null;
  const a = Number(left.value);
  const b = Number(right.value) === 0 ? 0 : Number(right.value);
  const results: Record<string, number> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '/': a / b,
    '%': a % b,
  };
  const value = results[operator] as number;
  if (Number.isNaN(value)) return null;
  const types = [left.type, right.type, '/%'.includes(operator) ? 'double' : 'int'] as const;
  if (types.includes('double')) return { type: 'double', value };
  return { type: types.includes('long') ? 'long' : 'int', value };
}

function compare(comparator: string, left: Plain, right: Plain): boolean | null {
  if (left === null || right === null) return null;
  const a = converted(left, right);
  const b = converted(right, left);
  const isComparable =
    a !== undefined && b !== undefined && (typeof a === 'boolean') === (typeof b === 'boolean');
  if (!isComparable) return comparator === '<>';
  const [isLess, isGreater] = [a < b, a > b];
  const holding: Record<string, boolean> = {
    '=': !isLess && !isGreater,
    '<>': isLess || isGreater,
    '<': isLess,
    '<=': !isGreater,
    '>': isGreater,
    '>=': !isLess,
  };
  return holding[comparator] as boolean;
}

/** The value in the type of what it is compared to; `undefined` when it has none. */
function converted(value: string | boolean | Numeric, other: string | boolean | Numeric) {
  if (isNumeric(value)) return value.value;
  if (typeof value === 'boolean' || typeof other === 'string') return value;
  if (typeof other === 'boolean') return /^true$/i.test(value);
  if (other.type === 'double') return parseDecimal(value);
  const bits = other.type === 'int' ? 32 : 64;
  const digits = value.replace(/^[+-]/, '');
  if (digits === '' || [...digits].some((digit) => digit < '0' || digit > '9')) return undefined;
  const whole = value.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(bits, whole) === whole ? whole : undefined;
}

function parseDecimal(text: string): number | undefined {
  const isOdd = text.trim() === '' || /[xob]/i.test(text) || text.includes('Infinity');
  const value = Number(text);
  return isOdd || Number.isNaN(value) ? undefined : value;
}

function isNumeric(value: Plain): value is Numeric {
  return typeof value === 'object' && value !== null;
}

/** LIKE by trying all ways to continue, each pair of places once. */
export function referenceLike(
  text: string,
  pattern: string,
  escapeCharacter: string | undefined,
): boolean {
  const characters = [...text];
  const signs = [...pattern];
  const known = new Map<string, boolean>();
  const fits = (at: number, sign: number): boolean => {
    const key = `${at},${sign}`;
    const answer = known.get(key) ?? tryFit(at, sign);
    known.set(key, answer);
    return answer;
  };
  const tryFit = (at: number, sign: number): boolean => {
    const current = signs[sign];
    if (current === undefined) return at === characters.length;
    const following = signs[sign + 1];
    const hasEscape =
      current === escapeCharacter && ['%', '_', escapeCharacter].includes(following ?? '');
    if (hasEscape) return characters[at] === following && fits(at + 1, sign + 2);
    if (current === '%')
      return fits(at, sign + 1) || (at < characters.length && fits(at + 1, sign));
    if (at === characters.length) return false;
    return (current === '_' || current === characters[at]) && fits(at + 1, sign + 1);
  };
  return fits(0, 0);
}
