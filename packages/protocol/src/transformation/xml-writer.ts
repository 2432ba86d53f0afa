/**
 * Writes a tree as XStream's pretty printer does: two spaces per level, LF, no declaration, no LF at the
 * end. Control characters, which XML 1.0 cannot hold, become numeric references all the same; the reader of
 * this folder and XStream's read them back.
 */
import type { ObjectNode } from './object-node.js';
import { encodeXmlName } from './xml-name.js';

/** Written `<list/>` when nothing is in them; any other element stands for a text: `<string></string>`. */
const HOLDS_NO_TEXT =
  /^(?:null|list|map|set|linked-list|vector|(?:linked-hash|tree|sorted)-(?:map|set)|hashtable|(?!byte-|char-).+-array)$/;

/** Line feed and tab stand as they are; halves of surrogate pairs are what UTF-8 cannot carry. */
const IN_TEXT = /[&<>"'\p{Cs}]|(?![\t\n])\p{Cc}/gu;
const IN_ATTRIBUTE = /[&<>"'\p{Cs}\p{Cc}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function writeXml(root: ObjectNode): string {
  const parts: string[] = [];
  writeElement(parts, root, '');
  return parts.join('');
}

function writeElement(parts: string[], node: ObjectNode, indent: string): void {
  const name = encodeXmlName(node.name);
  parts.push(`${indent}<${name}`);
  for (const [attribute, value] of node.attributes) {
    parts.push(` ${encodeXmlName(attribute)}="${value.replace(IN_ATTRIBUTE, asReference)}"`);
  }
  if (node.children.length > 0) {
    parts.push('>\n');
    for (const child of node.children) {
      writeElement(parts, child, `${indent}  `);
      parts.push('\n');
    }
    parts.push(`${indent}</${name}>`);
  } else if (node.text === '' && isWrittenEmpty(node)) {
    parts.push('/>');
  } else {
    parts.push(`>${node.text.replace(IN_TEXT, asReference)}</${name}>`);
  }
}

function isWrittenEmpty({ name, attributes }: ObjectNode): boolean {
  return HOLDS_NO_TEXT.test(name) || attributes.some(([attribute]) => attribute === 'reference');
}

function asReference(character: string): string {
  return ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
}
