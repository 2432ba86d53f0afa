/**
 * Reads Jettison's "mapped" JSON into a tree: a member is an element, an array is the same element several
 * times, `@name` is an attribute, `$` is the text of an element that has attributes. `null` is an empty
 * element, as in Jettison. `@order` says in which order the elements stood, see the writer.
 */
import {
  badTransformation,
  excerpt,
  MAX_TRANSFORMED_DEPTH,
  tooDeep,
} from './bad-transformation.js';
import type { JsonNode } from './json-reader.js';
import { ORDER_ATTRIBUTE } from './mapped-json-writer.js';
import { childrenByName, leafNode, type ObjectNode, parentNode } from './object-node.js';

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function readMappedJson(json: JsonNode): ObjectNode {
  const [root, second] = json.kind === 'object' ? elementsOf(json.members, 1) : [];
  if (root !== undefined && second === undefined) return root;
  throw badTransformation(
    'The body is no JSON object with exactly one member, which names the type: {"map":{…}}, {"string":"hi"}',
  );
}

type Members = ReadonlyArray<readonly [string, JsonNode]>;

function elementsOf(members: Members, depth: number): ObjectNode[] {
  const elements: ObjectNode[] = [];
  for (const [name, value] of members) {
    if (value.kind === 'array') {
      for (const item of value.items) elements.push(elementOf(name, item, depth));
    } else elements.push(elementOf(name, value, depth));
  }
  return elements;
}

function elementOf(name: string, json: JsonNode, depth: number): ObjectNode {
  if (depth > MAX_TRANSFORMED_DEPTH) throw tooDeep();
  if (name === '' || name === '$' || name.startsWith('@')) {
    throw badTransformation(`The member ${excerpt(name)} does not stand for an element here`);
  }
  if (json.kind === 'array') {
    throw badTransformation(
      `The member ${excerpt(name)} holds an array in an array: a list is written {"list":{"int":[1,2]}}`,
    );
  }
  return json.kind === 'object'
    ? objectOf(name, json.members, depth)
    : leafNode(name, textOf(json));
}

function objectOf(name: string, members: Members, depth: number): ObjectNode {
  // A list of names would be searched for each, and a body may hold a quarter of a million of them.
  const attributes = new Map<string, string>();
  const inner: Array<readonly [string, JsonNode]> = [];
  let text = '';
  for (const [member, value] of members) {
    if (member.startsWith('@') && member !== '@') {
      if (attributes.has(member.slice(1))) {
        throw badTransformation(
          `The attribute ${excerpt(member)} occurs twice in ${excerpt(name)}`,
        );
      }
      attributes.set(member.slice(1), scalarText(member, value));
    } else if (member === '$') text += scalarText(member, value);
    else inner.push([member, value]);
  }
  const children = elementsOf(inner, depth + 1);
  if (children.length === 0) return leafNode(name, text, [...attributes]);
  if (text.trim() !== '') {
    throw badTransformation(`${excerpt(name)} holds elements and the text ${excerpt(text)}`);
  }
  return inWrittenOrder(name, children, [...attributes]);
}

function scalarText(member: string, json: JsonNode): string {
  if (json.kind !== 'object' && json.kind !== 'array') return textOf(json);
  throw badTransformation(
    `The member ${excerpt(member)} must be a text, not an object or an array`,
  );
}

function textOf(json: Exclude<JsonNode, { readonly kind: 'object' | 'array' }>): string {
  return json.kind === 'literal' && json.text === 'null' ? '' : json.text;
}

/** Puts elements back to where `@order` says they stood. If it says anything else, it is an attribute. */
function inWrittenOrder(
  name: string,
  children: readonly ObjectNode[],
  attributes: ObjectNode['attributes'],
): ObjectNode {
  const order = attributes.find(([attribute]) => attribute === ORDER_ATTRIBUTE)?.[1].split(',');
  const ordered = order === undefined ? undefined : arranged(children, order);
  if (ordered === undefined) return parentNode(name, children, attributes);
  const others = attributes.filter(([attribute]) => attribute !== ORDER_ATTRIBUTE);
  return parentNode(name, ordered, others);
}

function arranged(
  children: readonly ObjectNode[],
  order: readonly string[],
): readonly ObjectNode[] | undefined {
  if (order.length !== children.length) return undefined;
  const byName = new Map<string, Iterator<ObjectNode>>();
  for (const [name, group] of childrenByName(children)) byName.set(name, group.values());
  const ordered: ObjectNode[] = [];
  for (const name of order) {
    const next = byName.get(name)?.next();
    if (next === undefined || next.done === true) return undefined;
    ordered.push(next.value);
  }
  return ordered;
}
