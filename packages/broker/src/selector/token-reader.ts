/** Goes through the tokens of a selector, one at a time, and complains about the one it stands at. */
import type { ProtocolError } from '@stompbox/protocol';
import { quoted, selectorError } from './selector-error.js';
import { type Token, type TokenKind, tokenize } from './tokenizer.js';

export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  /** @throws ProtocolError `STOMP_PROTO_BAD_SELECTOR` when the text cannot be cut into tokens. */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** The one that is next; after the last one it is `end`, for ever. */
  get token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#position++;
    return token;
  }

  /** Goes over the token if it is of this kind. */
  accept(kind: TokenKind): boolean {
    if (this.token.kind !== kind) return false;
    this.next();
    return true;
  }

  /** @param what what the error says was expected */
  require(kind: TokenKind, what: string): Token {
    if (this.token.kind !== kind) throw this.expected(what);
    return this.next();
  }

  /** To be thrown: something else should stand here. */
  expected(what: string): ProtocolError {
    const previous = this.#tokens[this.#position - 1];
    const place = previous === undefined ? 'at the beginning' : `after ${quoted(previous.source)}`;
    return this.complaint(this.token, `expected ${what} ${place}`);
  }

  /** To be thrown: what stands at the token cannot be. */
  complaint(token: Token, text: string): ProtocolError {
    return selectorError(this.#text, token.index, text);
  }
}
