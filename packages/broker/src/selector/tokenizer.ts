/**
 * Cuts a selector into words and signs. Every pattern looks at one place only and goes forward, so the
 * time is in proportion to the length.
 */
import { quoted, selectorError } from './selector-error.js';

const KEYWORDS = [
  'AND',
  'BETWEEN',
  'ESCAPE',
  'FALSE',
  'IN',
  'IS',
  'LIKE',
  'NOT',
  'NULL',
  'OR',
  'TRUE',
  'XPATH',
  'XQUERY',
] as const;
const SIGNS = ['<>', '<=', '>=', '=', '<', '>', '+', '-', '*', '/', '%', '(', ')', ','] as const;

type Keyword = (typeof KEYWORDS)[number];
type Sign = (typeof SIGNS)[number];
export type TokenKind = Keyword | Sign | 'name' | 'string' | 'number' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written in the selector. */
  readonly source: string;
  /** Where it begins, counted from 0. */
  readonly index: number;
}

const keywords: ReadonlySet<string> = new Set(KEYWORDS);

const BLANKS = /[ \t\n\r\f]+/y;
/** JMS 1.1, 3.8.1.1: a Java identifier, by the categories of Unicode that isJavaIdentifierStart names. */
const NAME = /[\p{L}\p{Nl}\p{Sc}\p{Pc}][\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}]*/uy;
const NUMBER =
  /0[xX][0-9a-fA-F]+[lL]?|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[lL]?/y;
const WORD = /[\p{L}\p{Nd}_$.]+/uy;

/** What people write who know other languages. */
const MISTAKES: Readonly<Record<string, string>> = {
  '!': 'use <> for "differs from" and NOT for "not"',
  '"': "write strings in 'single quotes'",
  '&': 'use AND',
  '|': 'use OR',
  '.': 'a name has only letters, digits, _ and $',
};

/**
 * All tokens of a selector; the last one is `end`.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_SELECTOR` at a character that begins no token.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  // ActiveMQ: a line comment ends with a line. Without an end "--" is a minus and a sign.
  const lastLineEnd = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
  let index = 0;
  while (index < text.length) {
    const blanks = found(BLANKS, text, index);
    if (blanks !== undefined) index += blanks.length;
    else if (text.startsWith('/*', index)) index = blockCommentEnd(text, index);
    else if (text.startsWith('--', index) && index < lastLineEnd) index = lineEnd(text, index);
    else {
      const token = tokenAt(text, index);
      tokens.push(token);
      index += token.source.length;
    }
  }
  tokens.push({ kind: 'end', source: '', index: text.length });
  return tokens;
}

/** The content of a string token. */
export function stringValue(token: Token): string {
  return token.source.slice(1, -1).replaceAll("''", "'");
}

function tokenAt(text: string, index: number): Token {
  if (text[index] === "'") {
    return { kind: 'string', source: text.slice(index, stringEnd(text, index)), index };
  }
  const name = found(NAME, text, index);
  if (name !== undefined) {
    const keyword = name.toUpperCase();
    return { kind: isKeyword(keyword) ? keyword : 'name', source: name, index };
  }
  const number = found(NUMBER, text, index);
  if (number !== undefined) return numberAt(text, index, number);
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, index));
  if (sign !== undefined) return { kind: sign, source: sign, index };
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  const advice = MISTAKES[character] ?? 'it has no meaning outside of a string';
  throw selectorError(text, index, `unexpected ${quoted(character)}, ${advice}`);
}

function numberAt(text: string, index: number, source: string): Token {
  const end = index + source.length;
  const rest = found(WORD, text, end);
  // ActiveMQ takes "a=1AND b=2".
  const isSeparate = rest === undefined || isKeyword(found(NAME, text, end)?.toUpperCase() ?? '');
  if (isSeparate) return { kind: 'number', source, index };
  throw selectorError(text, index, `${quoted(source + rest)} is neither a number nor a name`);
}

function stringEnd(text: string, start: number): number {
  let index = start + 1;
  for (;;) {
    const quote = text.indexOf("'", index);
    if (quote < 0) {
      throw selectorError(
        text,
        start,
        "the string has no end, write ' after it and '' for a quote",
      );
    }
    if (text[quote + 1] !== "'") return quote + 1;
    index = quote + 2;
  }
}

function blockCommentEnd(text: string, start: number): number {
  const end = text.indexOf('*/', start + 2);
  if (end < 0) throw selectorError(text, start, 'the comment has no end, write */ after it');
  return end + 2;
}

function lineEnd(text: string, start: number): number {
  let index = start;
  while (text[index] !== '\n' && text[index] !== '\r') index++;
  return index + 1;
}

function found(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}

function isKeyword(word: string): word is Keyword {
  return keywords.has(word);
}
