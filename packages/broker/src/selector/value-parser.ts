/**
 * Reads the values that conditions are about: literals, names, arithmetic, and what stands in
 * parentheses, which may be a condition again. Only parentheses recurse, and `MAX_SELECTOR_NESTING`
 * limits them.
 */
import { arithmetic, negate, type Operator, type Term } from './arithmetic.js';
import { type Expression, type Literal, literal, property } from './expression.js';
import { LONG_LIMIT, type NumberFlaw, parseNumberLiteral } from './number-literal.js';
import { check, checked, complaintAsNumber } from './operand-rules.js';
import { quoted } from './selector-error.js';
import type { TokenReader } from './token-reader.js';
import { stringValue, type Token } from './tokenizer.js';

/** Parentheses inside each other. */
export const MAX_SELECTOR_NESTING = 100;

const NUMBER_COMPLAINTS: Readonly<Record<NumberFlaw, string>> = {
  'not-octal': 'a number that begins with 0 is octal and has no 8 and 9',
  'too-large': 'the number does not fit into 64 bits, write a fraction such as 1e20',
};

export class ValueParser {
  readonly #tokens: TokenReader;
  readonly #parseInner: () => Expression;
  #nesting = 0;

  /** @param parseInner reads what parentheses may hold, which is every expression */
  constructor(tokens: TokenReader, parseInner: () => Expression) {
    this.#tokens = tokens;
    this.#parseInner = parseInner;
  }

  /** The loosest level: + and -. */
  sum(): Expression {
    return this.#arithmetic(['+', '-'], () => this.#product());
  }

  #product(): Expression {
    return this.#arithmetic(['*', '/', '%'], () => this.#signed());
  }

  #arithmetic(operators: readonly Operator[], parseOperand: () => Expression): Expression {
    const start = this.#tokens.token;
    const first = parseOperand();
    const terms: Term[] = [];
    for (;;) {
      const operator = operators.find((candidate) => candidate === this.#tokens.token.kind);
      if (operator === undefined) break;
      if (terms.length === 0) check(this.#tokens, complaintAsNumber, start, first);
      this.#tokens.next();
      terms.push({ operator, operand: checked(this.#tokens, complaintAsNumber, parseOperand) });
    }
    return terms.length === 0 ? first : arithmetic(first, terms);
  }

  #signed(): Expression {
    let minusSigns = 0;
    while (this.#tokens.token.kind === '+' || this.#tokens.token.kind === '-') {
      if (this.#tokens.next().kind === '-') minusSigns++;
    }
    const start = this.#tokens.token;
    const operand = this.#operand();
    const isNegated = minusSigns % 2 === 1;
    if (operand.form === 'literal' && operand.value === LONG_LIMIT && !isNegated) {
      throw this.#tokens.complaint(start, NUMBER_COMPLAINTS['too-large']);
    }
    if (minusSigns === 0) return operand;
    check(this.#tokens, complaintAsNumber, start, operand);
    // Two signs are not the same as none: the result is a number, or unknown.
    return isNegated ? negate(operand) : negate(negate(operand));
  }

  #operand(): Expression {
    const { token } = this.#tokens;
    switch (token.kind) {
      case '(':
        return this.#parenthesized();
      case 'XPATH':
      case 'XQUERY':
        throw this.#tokens.complaint(token, `${token.kind} is not supported, compare headers`);
      case 'name':
      case 'string':
      case 'number':
      case 'TRUE':
      case 'FALSE':
      case 'NULL':
        this.#tokens.next();
        return this.#atom(token);
      default:
        throw this.#tokens.expected('a value');
    }
  }

  #parenthesized(): Expression {
    const opening = this.#tokens.next();
    if (this.#nesting === MAX_SELECTOR_NESTING) {
      throw this.#tokens.complaint(
        opening,
        `more than ${MAX_SELECTOR_NESTING} parentheses inside each other, simplify the condition`,
      );
    }
    this.#nesting++;
    const inner = this.#parseInner();
    this.#nesting--;
    this.#tokens.require(')', 'an operator or )');
    return inner;
  }

  #atom(token: Token): Expression {
    switch (token.kind) {
      case 'string':
        return literal(stringValue(token));
      case 'number':
        return this.#number(token);
      case 'TRUE':
      case 'FALSE':
        return literal(token.kind === 'TRUE');
      case 'NULL':
        return literal(undefined);
      default:
        if (this.#tokens.token.kind !== '(') return property(token.source);
        throw this.#tokens.complaint(
          token,
          `the function ${quoted(token.source)} is not supported`,
        );
    }
  }

  #number(token: Token): Literal {
    const number = parseNumberLiteral(token.source);
    if (typeof number === 'object') return literal(number.value, number.type);
    throw this.#tokens.complaint(token, NUMBER_COMPLAINTS[number]);
  }
}
