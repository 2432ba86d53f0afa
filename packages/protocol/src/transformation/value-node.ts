/**
 * Typed values as XStream's elements and back: `<int>5</int>`, `<list>…</list>`,
 * `<map><entry><string>name</string>…</entry></map>`. Java's class names and the collections that XStream has
 * names for are read as the type that JMS knows them by.
 */
import {
  badTransformation,
  excerpt,
  MAX_TRANSFORMED_DEPTH,
  tooDeep,
} from './bad-transformation.js';
import { leafNode, type ObjectNode, parentNode } from './object-node.js';
import { formatScalar, parseScalar, type ScalarType } from './scalar.js';
import type { MapEntries, TypedValue } from './typed-value.js';

/**
 * Whether the two elements of an entry came in an order that means something: those of XML are name and
 * value, the members of a JSON object may have been sorted by whoever wrote it.
 */
export type EntryOrder = 'written' | 'any';

const TYPE_BY_CLASS: ReadonlyMap<string, TypedValue['type']> = new Map([
  ...(
    [
      'null',
      'string',
      'char',
      'boolean',
      'byte',
      'short',
      'int',
      'long',
      'float',
      'double',
    ] as const
  ).map((type) => [type, type] as const),
  ['byte-array', 'byte-array'],
  ['java.lang.String', 'string'],
  ['java.lang.Character', 'char'],
  ['java.lang.Boolean', 'boolean'],
  ['java.lang.Byte', 'byte'],
  ['java.lang.Short', 'short'],
  ['java.lang.Integer', 'int'],
  ['java.lang.Long', 'long'],
  ['java.lang.Float', 'float'],
  ['java.lang.Double', 'double'],
  ...['list', 'linked-list', 'vector', 'java.util.ArrayList', 'java.util.LinkedList'].map(
    (name) => [name, 'list'] as const,
  ),
  ...['map', 'linked-hash-map', 'tree-map', 'hashtable'].map((name) => [name, 'map'] as const),
  ...['java.util.HashMap', 'java.util.LinkedHashMap', 'java.util.TreeMap'].map(
    (name) => [name, 'map'] as const,
  ),
]);

/** The type that an element's name, or the class of XStream, stands for. */
export function typeOfClass(name: string): TypedValue['type'] | undefined {
  return TYPE_BY_CLASS.get(name);
}

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function valueOfNode(node: ObjectNode, order: EntryOrder): TypedValue {
  const type = typeOfClass(classOf(node));
  if (type === undefined) {
    throw badTransformation(
      `<${classOf(node)}> is no type of a map's value: use string, char, boolean, byte, short, int, ` +
        'long, float, double, byte-array, list, map or null, or send an object',
    );
  }
  if (type === 'map') return { type, value: entriesOfNode(node, order) };
  if (type === 'list') {
    checkNoText(node);
    return { type, value: node.children.map((child) => valueOfNode(child, order)) };
  }
  return parseScalarNode(node, type);
}

/** The entries of a `<map>`. @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function entriesOfNode(map: ObjectNode, order: EntryOrder): MapEntries {
  checkNoText(map);
  const entries = new Map<string, TypedValue>();
  for (const entry of map.children) {
    const [nameNode, valueNode] = nameAndValue(entry, order);
    const name = valueOfNode(nameNode, order);
    if (name.type !== 'string') {
      throw badTransformation(`The names of a map are strings: found <${nameNode.name}> as a name`);
    }
    if (entries.has(name.value)) {
      throw badTransformation(
        `The map has the name ${excerpt(name.value)} twice: names are unique`,
      );
    }
    entries.set(name.value, valueOfNode(valueNode, order));
  }
  return [...entries];
}

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` when it is nested too deep. */
export function nodeOfValue(value: TypedValue, depth = 1): ObjectNode {
  if (depth > MAX_TRANSFORMED_DEPTH) throw tooDeep();
  if (value.type === 'map') return nodeOfEntries(value.value, depth);
  if (value.type === 'list') {
    return parentNode(
      'list',
      value.value.map((item) => nodeOfValue(item, depth + 1)),
    );
  }
  return leafNode(value.type, formatScalar(value));
}

export function nodeOfEntries(entries: MapEntries, depth = 1): ObjectNode {
  const children = entries.map(([name, value]) =>
    parentNode('entry', [leafNode('string', name), nodeOfValue(value, depth + 2)]),
  );
  return parentNode('map', children);
}

/** A leaf of a known type. @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function parseScalarNode(node: ObjectNode, type: ScalarType): TypedValue {
  if (node.children.length > 0) {
    throw badTransformation(`<${node.name}> is a single value, and elements were found in it`);
  }
  return parseScalar(type, node.text);
}

function nameAndValue(entry: ObjectNode, order: EntryOrder): readonly [ObjectNode, ObjectNode] {
  const [attribute] = entry.attributes;
  if (attribute) throw unknownAttribute(entry, attribute[0]);
  const [first, second, third] = entry.children;
  if (entry.name !== 'entry' || !first || !second || third) {
    throw badTransformation(
      `A map holds entries of a name and a value: <entry><string>name</string><int>5</int></entry>; found <${entry.name}> ` +
        `with ${entry.children.length} elements`,
    );
  }
  const isSwapped =
    order === 'any' &&
    typeOfClass(first.name) !== 'string' &&
    typeOfClass(second.name) === 'string';
  return isSwapped ? [second, first] : [first, second];
}

/** XStream's `class` names the type where the element's own name does not. */
function classOf(node: ObjectNode): string {
  const [attribute, ...others] = node.attributes;
  if (attribute === undefined) return node.name;
  if (attribute[0] === 'class' && others.length === 0) return attribute[1];
  throw unknownAttribute(node, (attribute[0] === 'class' ? others[0] : attribute)?.[0] ?? '');
}

function unknownAttribute(node: ObjectNode, attribute: string): Error {
  return badTransformation(
    `<${node.name}> has the attribute ${excerpt(attribute)}: a map understands only class, on a value`,
  );
}

function checkNoText(node: ObjectNode): void {
  if (node.text.trim() === '') return;
  throw badTransformation(
    `<${node.name}> holds elements, not the text ${excerpt(node.text.trim())}`,
  );
}
