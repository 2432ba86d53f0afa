/**
 * The bodies of statistics replies: a JMS map with typed values, in the XML or the JSON in which
 * ActiveMQ shows such a map to STOMP clients. Both keep the order of the entries.
 */
import { encodeUtf8 } from '@stompbox/protocol';
import { escapeXml } from '../advisory/xml-text.js';

/** Types of map values, by the names that they have in the encodings. */
export type MapEntry =
  | readonly [name: string, type: 'string', value: string]
  /** Whole numbers. */
  | readonly [name: string, type: 'int' | 'long', value: number]
  | readonly [name: string, type: 'double', value: number]
  | readonly [name: string, type: 'boolean', value: boolean]
  | readonly [name: string, type: 'null'];

export function mapToXml(entries: readonly MapEntry[]): Uint8Array {
  if (entries.length === 0) return encodeUtf8('<map/>');
  const lines = ['<map>'];
  for (const entry of entries) {
    lines.push('  <entry>', `    <string>${escapeXml(entry[0])}</string>`);
    lines.push(`    ${xmlValue(entry)}`, '  </entry>');
  }
  lines.push('</map>');
  return encodeUtf8(lines.join('\n'));
}

/** ActiveMQ's JSON escapes the slash. An entry of two strings becomes one array of them. */
export function mapToJson(entries: readonly MapEntry[]): Uint8Array {
  const members = entries.map(jsonEntry);
  const map = members.length === 0 ? '' : { entry: members.length === 1 ? members[0] : members };
  return encodeUtf8(JSON.stringify({ map }).replaceAll('/', '\\/'));
}

function xmlValue([, type, value]: MapEntry): string {
  if (type === 'null') return '<null/>';
  const text = type === 'double' ? formatDouble(value) : escapeXml(String(value));
  return `<${type}>${text}</${type}>`;
}

function jsonEntry([name, type, value]: MapEntry): Readonly<Record<string, unknown>> {
  if (type === 'string') return { string: [name, value] };
  return { string: name, [type]: type === 'null' ? '' : value };
}

/** Java writes a double with a fraction, whatever its value. */
function formatDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
