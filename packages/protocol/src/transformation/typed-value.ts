/**
 * The values of JMS, which know more types than JSON: what a MapMessage or a StreamMessage holds.
 * Names are those of the XML elements.
 */
import type { ObjectNode } from './object-node.js';

export type TypedValue =
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'string'; readonly value: string }
  /** One UTF-16 unit, as in Java. */
  | { readonly type: 'char'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** Whole numbers of 8, 16 and 32 bits, signed. */
  | { readonly type: 'byte' | 'short' | 'int'; readonly value: number }
  /** A whole number of 64 bits, signed; JavaScript's numbers do not hold all of them. */
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'float' | 'double'; readonly value: number }
  | { readonly type: 'byte-array'; readonly value: Uint8Array }
  | { readonly type: 'list'; readonly value: readonly TypedValue[] }
  | { readonly type: 'map'; readonly value: MapEntries };

/** Names and values in the order in which they were written; each name occurs once. */
export type MapEntries = ReadonlyArray<readonly [name: string, value: TypedValue]>;

/** What a body with a transformation means to JMS. */
export type TypedBody =
  | { readonly kind: 'map'; readonly entries: MapEntries }
  | { readonly kind: 'object'; readonly root: ObjectNode }
  | { readonly kind: 'stream'; readonly items: readonly TypedValue[] };
