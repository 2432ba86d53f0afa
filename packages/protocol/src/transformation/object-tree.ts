/**
 * The content of an ObjectMessage where its types are known: single values at the root, in collections and
 * in the entries of maps are checked and written in one form (`<java.lang.Double>1.10</java.lang.Double>` is
 * `<double>1.1</double>`). Fields of the application's own classes stay as they are.
 */
import { leafNode, type ObjectNode, parentNode } from './object-node.js';
import { formatScalar, type Scalar } from './scalar.js';
import { parseScalarNode, typeOfClass } from './value-node.js';

const PLAIN_NAMES: ReadonlyMap<string, string> = new Map([
  ['java.util.ArrayList', 'list'],
  ['java.util.LinkedList', 'linked-list'],
  ['java.util.Vector', 'vector'],
  ['java.util.HashMap', 'map'],
  ['java.util.LinkedHashMap', 'linked-hash-map'],
  ['java.util.TreeMap', 'tree-map'],
  ['java.util.Hashtable', 'hashtable'],
  ['java.util.HashSet', 'set'],
  ['java.util.LinkedHashSet', 'linked-hash-set'],
  ['java.util.TreeSet', 'tree-set'],
]);
const COLLECTIONS: ReadonlySet<string> = new Set(PLAIN_NAMES.values());

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` for a value that is none of its type. */
export function canonicalObject(node: ObjectNode): ObjectNode {
  // What an attribute such as `class` or `reference` means is the application's business.
  if (node.attributes.length > 0) return node;
  const type = typeOfClass(node.name);
  if (type !== undefined && type !== 'list' && type !== 'map') {
    return leafNode(type, formatScalar(parseScalarNode(node, type) as Scalar));
  }
  const name = PLAIN_NAMES.get(node.name) ?? node.name;
  if (!COLLECTIONS.has(name) || node.children.length === 0) return { ...node, name };
  return parentNode(name, node.children.map(canonicalItem));
}

function canonicalItem(node: ObjectNode): ObjectNode {
  if (node.name !== 'entry' || node.attributes.length > 0) return canonicalObject(node);
  return node.children.length === 0
    ? node
    : parentNode(node.name, node.children.map(canonicalObject));
}
