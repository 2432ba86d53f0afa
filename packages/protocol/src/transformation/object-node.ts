/**
 * An element of the tree that both encodings write: XML as such, JSON as members. It is the content of
 * an ObjectMessage, where a leaf is named after its type (`<int>5</int>`), a collection holds such elements, and
 * anything else is an object of the application with its fields.
 *
 * Invariant: an element with children has no text. No class of that name is ever looked up.
 */
export interface ObjectNode {
  /** Name of a type or of a field, as the application writes it: `my_field`, not XML's `my__field`. */
  readonly name: string;
  readonly attributes: ReadonlyArray<readonly [name: string, value: string]>;
  readonly children: readonly ObjectNode[];
  readonly text: string;
}

const NO_ATTRIBUTES: ObjectNode['attributes'] = [];
const NO_CHILDREN: ObjectNode['children'] = [];

/** An element that holds a text. */
export function leafNode(
  name: string,
  text: string,
  attributes: ObjectNode['attributes'] = NO_ATTRIBUTES,
): ObjectNode {
  return { name, attributes, children: NO_CHILDREN, text };
}

/** An element that holds elements. */
export function parentNode(
  name: string,
  children: readonly ObjectNode[],
  attributes: ObjectNode['attributes'] = NO_ATTRIBUTES,
): ObjectNode {
  return { name, attributes, children, text: '' };
}

/** Elements by name, in the order in which each name first occurs. */
export function childrenByName(children: readonly ObjectNode[]): Map<string, ObjectNode[]> {
  const groups = new Map<string, ObjectNode[]>();
  for (const child of children) {
    const group = groups.get(child.name);
    if (group) group.push(child);
    else groups.set(child.name, [child]);
  }
  return groups;
}
