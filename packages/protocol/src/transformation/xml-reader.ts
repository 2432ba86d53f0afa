/**
 * Reads the XML that applications write for `jms-map-xml` and `jms-object-xml`: elements, attributes,
 * text, the five entities, numeric references, comments, CDATA, a declaration. Document types and processing
 * instructions are refused, so no entity can be defined and none can grow. Every character is looked at a
 * constant number of times, and nesting is kept on a list, not on the call stack.
 */
import {
  badTransformation,
  checkLength,
  excerpt,
  MAX_TRANSFORMED_DEPTH,
  MAX_TRANSFORMED_ELEMENTS,
  placeIn,
  tooDeep,
  tooManyElements,
} from './bad-transformation.js';
import { leafNode, type ObjectNode, parentNode } from './object-node.js';
import { decodeXmlName } from './xml-name.js';

interface OpenElement {
  readonly tag: string;
  readonly name: string;
  readonly attributes: ObjectNode['attributes'];
  readonly children: ObjectNode[];
  text: string;
}

/** White space of XML; that of JavaScript is more, and may stand in names. */
const SPACE = /[ \t\n\r]*/y;
const DECLARATION = /<\?xml[ \t\n\r][^?<>]*\?>/y;
const ATTRIBUTE = /[ \t\n\r]+([^ \t\n\r<>&"'/=]+)[ \t\n\r]*=[ \t\n\r]*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /[ \t\n\r]*(\/?)>/y;
const TAG_NAME = /[^ \t\n\r<>&"'/=]+/y;
const BLANK = /^[ \t\n\r]*$/;
const REFERENCE = /&(?:([a-z]{1,5})|#(\d{1,8})|#x([0-9a-fA-F]{1,8}));|&/g;
const CODE_POINTS = 0x110000;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function readXml(text: string): ObjectNode {
  checkLength(text);
  return new XmlReader(text).read();
}

class XmlReader {
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  #offset = 0;
  #elements = 0;
  #root: ObjectNode | undefined;

  constructor(text: string) {
    this.#text = text;
    // A byte order mark is no part of the text.
    if (text.startsWith('\ufeff')) this.#offset = 1;
  }

  read(): ObjectNode {
    this.#match(SPACE);
    this.#match(DECLARATION);
    while (this.#offset < this.#text.length) {
      if (this.#text[this.#offset] === '<') this.#markup();
      else this.#characters();
    }
    const unclosed = this.#open.at(-1);
    if (unclosed) throw this.#bad(`expected </${unclosed.tag}>, found the end of the body`);
    if (this.#root === undefined) throw this.#bad('expected an element, found the end of the body');
    return this.#root;
  }

  #markup(): void {
    const text = this.#text;
    if (text.startsWith('<!--', this.#offset)) this.#until('-->', '<!--'.length);
    else if (text.startsWith('<![CDATA[', this.#offset)) {
      this.#append(this.#until(']]>', '<![CDATA['.length));
    } else if (text.startsWith('</', this.#offset)) this.#endTag();
    else if (text.startsWith('<!', this.#offset) || text.startsWith('<?', this.#offset)) {
      throw this.#bad(
        'document types and processing instructions are not accepted: leave them out',
      );
    } else this.#startTag();
  }

  /** What stands before an end mark; continues after it. */
  #until(mark: string, startLength: number): string {
    const start = this.#offset + startLength;
    const end = this.#text.indexOf(mark, start);
    if (end < 0) throw this.#bad(`expected ${mark}, found the end of the body`);
    this.#offset = end + mark.length;
    return this.#text.slice(start, end).replace(/\r\n?/g, '\n');
  }

  #characters(): void {
    const next = this.#text.indexOf('<', this.#offset);
    const end = next < 0 ? this.#text.length : next;
    const raw = this.#text.slice(this.#offset, end).replace(/\r\n?/g, '\n');
    this.#append(this.#decode(raw));
    this.#offset = end;
  }

  #append(text: string): void {
    const element = this.#open.at(-1);
    if (element) element.text += text;
    else if (!BLANK.test(text)) {
      throw this.#bad(`expected ${this.#root ? 'the end' : 'an element'}, found ${excerpt(text)}`);
    }
  }

  #startTag(): void {
    if (this.#root) throw this.#bad('expected the end, found a second element');
    this.#offset += 1;
    const tag = this.#match(TAG_NAME)?.[0] ?? '';
    const name = decodeXmlName(tag);
    if (name === undefined) throw this.#bad('expected the name of an element');
    this.#elements += 1;
    if (this.#elements > MAX_TRANSFORMED_ELEMENTS) throw tooManyElements();
    if (this.#open.length >= MAX_TRANSFORMED_DEPTH) throw tooDeep();
    const attributes = this.#attributes();
    const end = this.#match(TAG_END);
    if (end === undefined) throw this.#bad(`expected an attribute or the end of <${tag}>`);
    this.#open.push({ tag, name, attributes, children: [], text: '' });
    if (end[1] === '/') this.#close();
  }

  #attributes(): ObjectNode['attributes'] {
    const attributes: Array<readonly [string, string]> = [];
    const names = new Set<string>();
    for (let found = this.#match(ATTRIBUTE); found; found = this.#match(ATTRIBUTE)) {
      const [, tag = '', quoted, singleQuoted = ''] = found;
      const name = decodeXmlName(tag) ?? '';
      if (names.has(name)) throw this.#bad(`the attribute ${tag} occurs twice`);
      names.add(name);
      this.#elements += 1;
      if (this.#elements > MAX_TRANSFORMED_ELEMENTS) throw tooManyElements();
      attributes.push([name, this.#decode((quoted ?? singleQuoted).replace(/[\t\n\r]/g, ' '))]);
    }
    return attributes;
  }

  #endTag(): void {
    const { tag } = this.#open.at(-1) ?? {};
    if (tag === undefined) throw this.#bad('found an end tag, but no element is open');
    if (!this.#text.startsWith(`</${tag}`, this.#offset)) throw this.#bad(`expected </${tag}>`);
    this.#offset += tag.length + 2;
    const end = this.#match(TAG_END);
    if (end === undefined || end[1] === '/') throw this.#bad(`expected </${tag}>`);
    this.#close();
  }

  #close(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    const { name, attributes, children, text } = element;
    if (children.length > 0 && !BLANK.test(text)) {
      throw this.#bad(`<${element.tag}> holds elements and the text ${excerpt(text.trim())}`);
    }
    const node =
      children.length > 0
        ? parentNode(name, children, attributes)
        : leafNode(name, text, attributes);
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(node);
    else this.#root = node;
  }

  #decode(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(REFERENCE, (whole, entity?: string, decimal?: string, hex?: string) => {
      const character = entity === undefined ? characterOf(decimal, hex) : ENTITIES[entity];
      if (character !== undefined) return character;
      throw this.#bad(`${excerpt(whole)} is no entity of XML: write & as &amp;`);
    });
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found) this.#offset += found[0].length;
    return found;
  }

  #bad(what: string): Error {
    return badTransformation(
      `The body is not XML: ${what}, at ${placeIn(this.#text, this.#offset)}`,
    );
  }
}

function characterOf(decimal: string | undefined, hex: string | undefined): string | undefined {
  if (decimal === undefined && hex === undefined) return undefined;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code < CODE_POINTS ? String.fromCodePoint(code) : undefined;
}
