/** Conditions about values: comparisons, BETWEEN, IN, LIKE and IS NULL. */
import {
  and,
  type Condition,
  condition,
  type Expression,
  not,
  or,
  type Property,
} from './expression.js';
import type { LikePattern } from './like-pattern.js';
import { compareValues, type NumberType } from './value.js';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** What each says about the order of its operands; NaN: they cannot be compared. */
const HOLDS: Readonly<Record<Comparator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export function comparison(comparator: Comparator, left: Expression, right: Expression): Condition {
  const holds = HOLDS[comparator];
  const numberType = numberTypeOf(left) ?? numberTypeOf(right) ?? 'long';
  return condition((message) => {
    const leftValue = left.evaluate(message);
    if (leftValue === undefined) return undefined;
    const rightValue = right.evaluate(message);
    if (rightValue === undefined) return undefined;
    return holds(compareValues(leftValue, rightValue, numberType));
  });
}

/** JMS 1.1, 3.8.1.1: `age BETWEEN 15 AND 19` is `age >= 15 AND age <= 19`. */
export function between(value: Expression, low: Expression, high: Expression): Condition {
  return and([comparison('>=', value, low), comparison('<=', value, high)]);
}

/** JMS 1.1, 3.8.1.1: `age < 15 OR age > 19`. A string that is no number, such as "abc", is neither. */
export function notBetween(value: Expression, low: Expression, high: Expression): Condition {
  return or([comparison('<', value, low), comparison('>', value, high)]);
}

/** Unknown for values that are no strings, with and without NOT. */
export function isIn(value: Property, strings: ReadonlySet<string>): Condition {
  return condition((message) => {
    const text = value.evaluate(message);
    return typeof text === 'string' ? strings.has(text) : undefined;
  });
}

/** False for values that are no strings. */
export function like(value: Expression, pattern: LikePattern): Condition {
  return condition((message) => {
    const text = value.evaluate(message);
    if (text === undefined) return undefined;
    return typeof text === 'string' && pattern.matches(text);
  });
}

export function isNull(value: Expression): Condition {
  return condition((message) => value.evaluate(message) === undefined);
}

export function isNotNull(value: Expression): Condition {
  return not(isNull(value));
}

function numberTypeOf(expression: Expression): NumberType | undefined {
  if (expression.form === 'arithmetic') return expression.numberType;
  return expression.form === 'literal' ? expression.numberType : undefined;
}
