/**
 * Writes a tree as Jettison's "mapped" JSON, byte for byte: members of the same name collapse into one
 * array, a text that Java prints the same as a number or a boolean is written as such. Of slashes, those in
 * texts that stand in an array are written `\/`, elsewhere only those behind `<`.
 *
 * Collapsing loses the order of `a b a`. Where that would happen a member `@order` tells it, which
 * Jettison's readers take for an attribute and ignore.
 */
import { badTransformation, excerpt } from './bad-transformation.js';
import { formatFloating } from './java-number.js';
import { childrenByName, type ObjectNode } from './object-node.js';

export const ORDER_ATTRIBUTE = 'order';

/** What Jettison escapes, and halves of surrogate pairs, which UTF-8 cannot carry. */
const ESCAPED = /["\\\u2028\u2029\p{Cs}]|(?<=<)\/|(?![\u007f-\u009f])\p{Cc}/gu;
const ESCAPED_IN_ARRAY = new RegExp(`${ESCAPED.source}|/`, 'gu');

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

const WHOLE = /^(?:0|-?[1-9]\d{0,18})$/;
const FLOATING = /^-?\d{1,7}\.\d{1,25}$|^-?\d\.\d{1,17}E\d{1,3}$/;
const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` for a name that this form cannot write. */
export function writeMappedJson(root: ObjectNode): string {
  const parts: string[] = [];
  parts.push('{');
  writeMember(parts, root.name, [root]);
  parts.push('}');
  return parts.join('');
}

function writeMember(parts: string[], name: string, nodes: readonly ObjectNode[]): void {
  if (name === '$' || name.startsWith('@')) {
    throw badTransformation(
      `An element named ${excerpt(name)} cannot be written as JSON: ask for it as XML`,
    );
  }
  parts.push(quoted(name), ':');
  if (nodes.length > 1) parts.push('[');
  nodes.forEach((node, index) => {
    if (index > 0) parts.push(',');
    writeNode(parts, node, nodes.length > 1 ? ESCAPED_IN_ARRAY : ESCAPED);
  });
  if (nodes.length > 1) parts.push(']');
}

function writeNode(parts: string[], node: ObjectNode, escaped: RegExp): void {
  const { attributes, children, text } = node;
  if (children.length === 0 && attributes.length === 0) {
    parts.push(primitive(node, escaped));
    return;
  }
  const groups = childrenByName(children);
  let separator = '{';
  for (const [name, value] of writtenAttributes(node, groups)) {
    parts.push(separator, quoted(`@${name}`), ':', quoted(value));
    separator = ',';
  }
  for (const [name, nodes] of groups) {
    parts.push(separator);
    writeMember(parts, name, nodes);
    separator = ',';
  }
  if (text !== '') parts.push(separator, '"$":', quoted(text));
  parts.push('}');
}

function writtenAttributes(
  { name, attributes, children }: ObjectNode,
  groups: ReadonlyMap<string, readonly ObjectNode[]>,
): ObjectNode['attributes'] {
  if (isGrouped(children, groups)) return attributes;
  const order = children.map((child) => child.name);
  if (attributes.some(([attribute]) => attribute === ORDER_ATTRIBUTE)) {
    throw badTransformation(
      `JSON cannot keep the order of the elements in ${excerpt(name)}, which has an attribute "order": ask for it as XML`,
    );
  }
  if (order.some((element) => element.includes(','))) {
    throw badTransformation(
      `JSON cannot keep the order of the elements in ${excerpt(name)}, because a name has a comma: ask for it as XML`,
    );
  }
  return [[ORDER_ATTRIBUTE, order.join(',')], ...attributes];
}

/** Whether elements of one name stand together. */
function isGrouped(
  children: readonly ObjectNode[],
  groups: ReadonlyMap<string, readonly ObjectNode[]>,
): boolean {
  let runs = 0;
  children.forEach((child, index) => {
    if (child.name !== children[index - 1]?.name) runs += 1;
  });
  return runs === groups.size;
}

/** A text as Jettison guesses its type. What this cannot bring back as it was stays a string. */
function primitive({ name, text }: ObjectNode, escaped: RegExp): string {
  if (text === 'true' || text === 'false' || isLong(text)) return text;
  if (!isPlainDouble(text)) return quoted(text, escaped);
  if (!text.endsWith('.0')) return text;
  // Jettison writes 1 for 1.0, which a string or a field of an application would not survive.
  if (name === 'double' || name === 'float') return text.slice(0, -2);
  return name === 'string' || name === 'char' ? quoted(text) : text;
}

function isLong(text: string): boolean {
  if (!WHOLE.test(text)) return false;
  return text.length < 19 || (BigInt(text) <= MAX_LONG && BigInt(text) >= MIN_LONG);
}

/** Java's own form of a double; those with a negative exponent Jettison writes as strings. */
function isPlainDouble(text: string): boolean {
  return FLOATING.test(text) && formatFloating(Number(text), 'double') === text;
}

function quoted(text: string, escaped = ESCAPED): string {
  return `"${text.replace(escaped, escapedCharacter)}"`;
}

function escapedCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
