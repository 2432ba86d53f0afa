/**
 * Reads the conditions of a selector by recursive descent, one method for each level of the grammar;
 * value-parser.ts reads what they are about. What can have no meaning is refused: a number as a
 * condition, `a > 'x'`, `a = NULL`.
 */
import {
  between,
  type Comparator,
  comparison,
  isIn,
  isNotNull,
  isNull,
  like,
  notBetween,
} from './comparison.js';
import { and, asCondition, type Condition, type Expression, not, or } from './expression.js';
import { LikePattern } from './like-pattern.js';
import {
  check,
  checked,
  complaintAsEqual,
  complaintAsOrdered,
  type Rule,
} from './operand-rules.js';
import { TokenReader } from './token-reader.js';
import { stringValue, type Token } from './tokenizer.js';
import { ValueParser } from './value-parser.js';

export class SelectorParser {
  readonly #tokens: TokenReader;
  readonly #values: ValueParser;

  constructor(text: string) {
    this.#tokens = new TokenReader(text);
    this.#values = new ValueParser(this.#tokens, () => this.#or());
  }

  /** The condition that the whole text is. Called once. */
  parse(): Condition {
    const whole = this.#condition(() => this.#or());
    if (this.#tokens.token.kind !== 'end') throw this.#tokens.expected('AND, OR or the end');
    return whole;
  }

  #or(): Expression {
    return this.#joined('OR', or, () => this.#and());
  }

  #and(): Expression {
    return this.#joined('AND', and, () => this.#negation());
  }

  #joined(
    word: 'AND' | 'OR',
    join: (parts: readonly Condition[]) => Condition,
    parsePart: () => Expression,
  ): Expression {
    const start = this.#tokens.token;
    const first = parsePart();
    if (this.#tokens.token.kind !== word) return first;
    const parts = [this.#asCondition(start, first)];
    while (this.#tokens.accept(word)) parts.push(this.#condition(parsePart));
    return join(parts);
  }

  #negation(): Expression {
    if (this.#tokens.token.kind !== 'NOT') return this.#comparison();
    let isNegated = false;
    while (this.#tokens.accept('NOT')) isNegated = !isNegated;
    const operand = this.#condition(() => this.#comparison());
    return isNegated ? not(operand) : operand;
  }

  #comparison(): Expression {
    const start = this.#tokens.token;
    const left = this.#values.sum();
    const { kind } = this.#tokens.token;
    switch (kind) {
      case '=':
      case '<>':
        return this.#compared(kind, start, left, complaintAsEqual);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compared(kind, start, left, complaintAsOrdered);
      case 'IS':
        return this.#isNull(left);
      case 'NOT':
      case 'BETWEEN':
      case 'IN':
      case 'LIKE': {
        const isNegated = this.#tokens.accept('NOT');
        return this.#predicate(isNegated, start, left);
      }
      default:
        return left;
    }
  }

  #compared(comparator: Comparator, start: Token, left: Expression, rule: Rule): Condition {
    check(this.#tokens, rule, start, left);
    this.#tokens.next();
    return comparison(
      comparator,
      left,
      checked(this.#tokens, rule, () => this.#values.sum()),
    );
  }

  #isNull(left: Expression): Condition {
    this.#tokens.next();
    const isNegated = this.#tokens.accept('NOT');
    this.#tokens.require('NULL', isNegated ? 'NULL' : 'NULL or NOT NULL');
    return isNegated ? isNotNull(left) : isNull(left);
  }

  /** BETWEEN, IN and LIKE, which all may have NOT before them. */
  #predicate(isNegated: boolean, start: Token, left: Expression): Condition {
    if (this.#tokens.accept('BETWEEN')) return this.#between(isNegated, start, left);
    let found: Condition;
    if (this.#tokens.accept('IN')) {
      if (left.form !== 'property') {
        throw this.#tokens.complaint(start, 'IN needs the name of a header before it');
      }
      found = isIn(left, this.#strings());
    } else {
      this.#tokens.require('LIKE', 'BETWEEN, IN or LIKE');
      found = like(left, this.#likePattern());
    }
    return isNegated ? not(found) : found;
  }

  #between(isNegated: boolean, start: Token, value: Expression): Condition {
    check(this.#tokens, complaintAsOrdered, start, value);
    const low = checked(this.#tokens, complaintAsOrdered, () => this.#values.sum());
    this.#tokens.require('AND', 'AND and the upper limit of BETWEEN');
    const high = checked(this.#tokens, complaintAsOrdered, () => this.#values.sum());
    return isNegated ? notBetween(value, low, high) : between(value, low, high);
  }

  #strings(): ReadonlySet<string> {
    this.#tokens.require('(', '( and a list of strings');
    const strings = new Set<string>();
    do strings.add(stringValue(this.#tokens.require('string', 'a string in single quotes')));
    while (this.#tokens.accept(','));
    this.#tokens.require(')', 'a comma or )');
    return strings;
  }

  #likePattern(): LikePattern {
    const pattern = stringValue(this.#tokens.require('string', 'a pattern in single quotes'));
    if (!this.#tokens.accept('ESCAPE')) return new LikePattern(pattern, undefined);
    const token = this.#tokens.require('string', 'a character in single quotes');
    const character = stringValue(token);
    if ([...character].length === 1) return new LikePattern(pattern, character);
    throw this.#tokens.complaint(token, 'ESCAPE needs exactly one character');
  }

  #condition(parsePart: () => Expression): Condition {
    const start = this.#tokens.token;
    return this.#asCondition(start, parsePart());
  }

  #asCondition(start: Token, expression: Expression): Condition {
    const condition = asCondition(expression);
    if (condition !== undefined) return condition;
    throw this.#tokens.complaint(start, "a value is no condition, compare it: color = 'red'");
  }
}
