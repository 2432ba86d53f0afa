/**
 * The parts of a parsed selector. Each evaluates itself for a message; none allocates then.
 *
 * AND, OR, sums and products hold all their operands in one list, so that the depth of evaluation is
 * that of the parentheses, however long the selector is.
 */
import type { NumberType, SelectorValues, Value } from './value.js';

/** `undefined` is unknown. */
export type Truth = boolean | undefined;

export interface Condition {
  readonly form: 'condition';
  evaluate(message: SelectorValues): Truth;
}

/** A name, which stands for the value that the message has under it. */
export interface Property {
  readonly form: 'property';
  evaluate(message: SelectorValues): Value;
}

export interface Literal {
  readonly form: 'literal';
  readonly value: Value;
  /** Only of a number. */
  readonly numberType?: NumberType;
  evaluate(message: SelectorValues): Value;
}

export interface Arithmetic {
  readonly form: 'arithmetic';
  readonly numberType: NumberType;
  evaluate(message: SelectorValues): number | bigint | undefined;
}

export type Expression = Condition | Property | Literal | Arithmetic;

export function property(name: string): Property {
  return { form: 'property', evaluate: (message) => message.get(name) };
}

export function literal(value: Value, numberType?: NumberType): Literal {
  const evaluate = () => value;
  if (numberType === undefined) return { form: 'literal', value, evaluate };
  return { form: 'literal', value, numberType, evaluate };
}

export function condition(evaluate: (message: SelectorValues) => Truth): Condition {
  return { form: 'condition', evaluate };
}

/** The expression as a condition, or `undefined` when it can be none: a number, a string. */
export function asCondition(expression: Expression): Condition | undefined {
  if (expression.form === 'condition') return expression;
  if (expression.form === 'property') {
    return condition((message) => {
      const value = expression.evaluate(message);
      // ActiveMQ: only a boolean can be true, the string "true" of a header is none.
      return value === undefined ? undefined : value === true;
    });
  }
  if (expression.form === 'arithmetic') return undefined;
  const { value } = expression;
  return value === undefined || typeof value === 'boolean' ? condition(() => value) : undefined;
}

export function and(parts: readonly Condition[]): Condition {
  return condition((message) => {
    let truth: Truth = true;
    for (const part of parts) {
      const value = part.evaluate(message);
      if (value === false) return false;
      if (value === undefined) truth = undefined;
    }
    return truth;
  });
}

export function or(parts: readonly Condition[]): Condition {
  return condition((message) => {
    let truth: Truth = false;
    for (const part of parts) {
      const value = part.evaluate(message);
      if (value === true) return true;
      if (value === undefined) truth = undefined;
    }
    return truth;
  });
}

export function not(part: Condition): Condition {
  return condition((message) => {
    const value = part.evaluate(message);
    return value === undefined ? undefined : !value;
  });
}
