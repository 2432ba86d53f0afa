/**
 * The XML form of an advisory, for subscribers that ask for it: advisories are published as JSON, and
 * turned into XML on the way to a subscription with `transformation:jms-advisory-xml` or `jms-xml`.
 *
 * Two spaces per level, no declaration, no line feed at the end. The member `@class` is an attribute,
 * and the member `null` an element without content; an empty text keeps its end tag.
 */
import { decodeUtf8, encodeUtf8 } from '@stompbox/protocol';
import { escapeXml } from './xml-text.js';

/** The `transformation` header of advisories as they are published. */
export const ADVISORY_JSON = 'jms-advisory-json';

/** The one of advisories that `advisoryToXml` has made. */
export const ADVISORY_XML = 'jms-advisory-xml';

/** Whether a SUBSCRIBE with this `transformation` wants its advisories in XML. */
export function wantsAdvisoryXml(transformation: string | undefined): boolean {
  return transformation === ADVISORY_XML || transformation === 'jms-xml';
}

/**
 * The same advisory in XML; `undefined` when the body is not the JSON of an advisory, in which case it
 * is to be delivered as it is. Its header `transformation` becomes `ADVISORY_XML`.
 */
export function advisoryToXml(body: Uint8Array): Uint8Array | undefined {
  const json = parse(decodeUtf8(body));
  if (!isObject(json)) return undefined;
  const [root, ...others] = Object.entries(json);
  if (root === undefined || others.length > 0 || !isObject(root[1])) return undefined;
  return encodeUtf8(element(root[0], root[1], ''));
}

function element(name: string, value: unknown, indent: string): string {
  if (!isObject(value)) {
    if (name === 'null') return `${indent}<null/>`;
    return `${indent}<${name}>${escapeXml(String(value))}</${name}>`;
  }
  const { '@class': className, ...members } = value;
  const attribute = className === undefined ? '' : ` class="${escapeXml(String(className))}"`;
  const lines = [`${indent}<${name}${attribute}>`];
  for (const [member, content] of Object.entries(members)) {
    lines.push(element(member, content, `${indent}  `));
  }
  lines.push(`${indent}</${name}>`);
  return lines.join('\n');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
