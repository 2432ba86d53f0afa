/**
 * Sums and products of numbers. A string, a boolean or NULL makes the result unknown, and so does what
 * has no result: 0 divided by 0, and any remainder by 0.
 *
 * Computed with doubles: whole numbers are exact up to 2^53, and nothing wraps around. A quotient and a
 * remainder are fractions as in ActiveMQ: `7 / 2` is 3.5.
 */
import { type Arithmetic, type Expression, type Literal, literal } from './expression.js';
import type { NumberType, Value } from './value.js';

export type Operator = '+' | '-' | '*' | '/' | '%';

const COMPUTE: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // Whole numbers have no negative zero, which would change the sign of infinity.
  '/': (left, right) => left / (right + 0),
  '%': (left, right) => left % right,
};

/** Holds no message, for expressions that ask for none. */
const NOTHING = { get: () => undefined };

export interface Term {
  readonly operator: Operator;
  readonly operand: Expression;
}

/** `first` and the terms after it, from left to right. Literals alone are computed now. */
export function arithmetic(first: Expression, terms: readonly Term[]): Arithmetic | Literal {
  const numberType = resultType(first, terms);
  const evaluate: Arithmetic['evaluate'] = (message) => {
    let result = numeric(first.evaluate(message));
    for (const { operator, operand } of terms) {
      const value = numeric(operand.evaluate(message));
      if (result === undefined || value === undefined) return undefined;
      result = COMPUTE[operator](result, value);
    }
    return Number.isNaN(result) ? undefined : result;
  };
  if (first.form === 'literal' && terms.every(isLiteral)) {
    const value = evaluate(NOTHING);
    if (value !== undefined) return literal(value, numberType);
  }
  return { form: 'arithmetic', numberType, evaluate };
}

export function negate(operand: Expression): Arithmetic | Literal {
  const numberType = typeOf(operand);
  if (operand.form === 'literal') return literal(negative(operand.value), numberType);
  return {
    form: 'arithmetic',
    numberType,
    evaluate: (message) => negative(operand.evaluate(message)),
  };
}

function negative(value: Value): number | bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? -value : undefined;
}

function numeric(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : undefined;
}

function resultType(first: Expression, terms: readonly Term[]): NumberType {
  let type = typeOf(first);
  for (const { operator, operand } of terms) {
    const operandType = typeOf(operand);
    const isFraction = operator === '/' || operator === '%' || operandType === 'double';
    if (isFraction || type === 'double') type = 'double';
    else if (operandType === 'long') type = 'long';
  }
  return type;
}

/** The numbers that a message has itself, such as its timestamp, are whole. */
function typeOf(expression: Expression): NumberType {
  if (expression.form === 'arithmetic') return expression.numberType;
  return (expression.form === 'literal' ? expression.numberType : undefined) ?? 'long';
}

function isLiteral({ operand }: Term): boolean {
  return operand.form === 'literal';
}
