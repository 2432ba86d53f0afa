/**
 * The selector of a subscription: which messages it wants, in JMS's language of conditions
 * (`color = 'red' AND weight > 2.5`). The text is parsed once, to a tree of functions; matching a message
 * makes no new objects.
 *
 * Logic has three values: what is said about a header that a message does not have is unknown, and a
 * message matches only when its condition is true.
 *
 * STOMP headers are strings. Compared to a number or to TRUE and FALSE they are converted to that type,
 * as ActiveMQ does for STOMP subscriptions; see value.ts. In arithmetic they are not converted.
 *
 * Grammar, loosest first; keywords in any case:
 *
 *   condition   OR │ AND │ NOT
 *   comparison  = <> < <= > >= │ [NOT] BETWEEN a AND b │ [NOT] IN ('s', …) │ [NOT] LIKE 's' [ESCAPE 'c']
 *               │ IS [NOT] NULL
 *   value       + - │ * / % │ signs │ name, 'string', 1, 1L, 0x1F, 017, 1.5, .5E3, TRUE, FALSE, NULL, ( )
 *   comments    -- to the end of a line that ends, and between slash-star and star-slash
 *
 * A name consists of letters, digits, `_` and `$`, and a hyphen is a minus: a header such as
 * `order-type` cannot be named, and `order-type = 'x'` is never true. It does not do XPATH, XQUERY and
 * function calls, which are refused.
 *
 * Departs from ActiveMQ where that contradicts JMS: NOT binds looser than comparisons, so
 * `NOT a = 1` is `NOT (a = 1)`; any comparison with an absent header is unknown, also `1 <> absent` and
 * `absent = absent`. And where it goes wrong as it runs: arithmetic on strings is unknown and `+` does
 * not join them, sums do not wrap around, the remainder by 0 is not greater than all numbers, and
 * `TRUE = a` is the same as `a = TRUE`. A number beyond 64 bits is refused. Comparisons do not chain:
 * `(a = b) = TRUE` needs its parentheses.
 */
import { ProtocolError } from '@stompbox/protocol';
import { SelectorParser } from './parser.js';
import type { SelectorValues } from './value.js';

export type { SelectorValues } from './value.js';

/** Longest selector that is taken, in UTF-16 units. */
export const MAX_SELECTOR_CHARACTERS = 4096;

export interface Selector {
  /** As the subscriber wrote it. */
  readonly text: string;
  /** True when the condition is true for this message; false and unknown are no match. */
  matches(message: SelectorValues): boolean;
}

/**
 * Reads a selector.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_SELECTOR`, which says where and what was expected. Also for an
 * empty selector, for more than `MAX_SELECTOR_CHARACTERS`, and for more than `MAX_SELECTOR_NESTING`
 * parentheses inside each other.
 */
export function parseSelector(text: string): Selector {
  if (text.length > MAX_SELECTOR_CHARACTERS) {
    throw new ProtocolError(
      'STOMP_PROTO_BAD_SELECTOR',
      `Bad selector: it has ${text.length} characters, and at most ${MAX_SELECTOR_CHARACTERS} are allowed`,
    );
  }
  const condition = new SelectorParser(text).parse();
  return { text, matches: (message) => condition.evaluate(message) === true };
}
