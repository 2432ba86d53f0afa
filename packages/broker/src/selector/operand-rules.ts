/**
 * What may stand where. Each rule returns what is wrong, or `undefined`. They are about what is written:
 * a name may turn out to be a string or a number, and is allowed everywhere.
 */
import type { Expression } from './expression.js';
import type { TokenReader } from './token-reader.js';
import type { Token } from './tokenizer.js';

export type Rule = (expression: Expression) => string | undefined;

/** @throws ProtocolError at `start`, where the expression begins, when the rule forbids it. */
export function check(tokens: TokenReader, rule: Rule, start: Token, expression: Expression): void {
  const complaint = rule(expression);
  if (complaint !== undefined) throw tokens.complaint(start, complaint);
}

/** Parses an operand that the rule must allow. */
export function checked(tokens: TokenReader, rule: Rule, parse: () => Expression): Expression {
  const start = tokens.token;
  const expression = parse();
  check(tokens, rule, start, expression);
  return expression;
}

/** Operands of + - * / % and of a minus sign. */
export function complaintAsNumber(expression: Expression): string | undefined {
  return isNumberOrName(expression) ? undefined : 'arithmetic needs a number or a name here';
}

/** Operands of < <= > >= and BETWEEN. JMS 1.1, 3.8.1.1: strings and booleans only have = and <>. */
export function complaintAsOrdered(expression: Expression): string | undefined {
  if (isNumberOrName(expression)) return undefined;
  return 'only numbers have an order, compare with = or <> instead';
}

/** Operands of = and <>. */
export function complaintAsEqual(expression: Expression): string | undefined {
  const isNull = expression.form === 'literal' && expression.value === undefined;
  return isNull ? 'nothing equals NULL, use IS NULL or IS NOT NULL instead' : undefined;
}

function isNumberOrName(expression: Expression): boolean {
  if (expression.form === 'literal') return expression.numberType !== undefined;
  return expression.form !== 'condition';
}
