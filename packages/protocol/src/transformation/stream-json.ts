/**
 * StreamMessage as JSON, a form of stompbox's own (ActiveMQ has none): an array of values, each an
 * object with one member that names its type. Values whose type JSON shows may stand alone.
 *
 *   [{"string":"a"},{"int":1},{"bytes":"AQID"},true,null]
 */
import { badTransformation } from './bad-transformation.js';
import type { JsonNode } from './json-reader.js';
import { valueOfPlainJson } from './plain-json.js';
import { formatScalar, parseScalar, type Scalar, type ScalarType } from './scalar.js';
import type { TypedValue } from './typed-value.js';

/** A StreamMessage of JMS holds no lists and no maps. */
const TYPE_BY_MEMBER: ReadonlyMap<string, ScalarType> = new Map<string, ScalarType>([
  ['string', 'string'],
  ['char', 'char'],
  ['boolean', 'boolean'],
  ['byte', 'byte'],
  ['short', 'short'],
  ['int', 'int'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['bytes', 'byte-array'],
  ['null', 'null'],
]);

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function readStreamJson(json: JsonNode): TypedValue[] {
  if (json.kind === 'array') return json.items.map(itemOf);
  throw badTransformation(
    'The body is no JSON array: a stream is written [{"string":"a"},{"int":1}]',
  );
}

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` for a list or a map in it. */
export function writeStreamJson(items: readonly TypedValue[]): string {
  return `[${items.map(writeItem).join(',')}]`;
}

function itemOf(json: JsonNode, index: number): TypedValue {
  if (json.kind !== 'object' && json.kind !== 'array') return valueOfPlainJson(json);
  const [member, second] = json.kind === 'object' ? json.members : [];
  const type = member && TYPE_BY_MEMBER.get(member[0]);
  if (member === undefined || type === undefined || second !== undefined) {
    throw badTransformation(
      `Item ${index} of the stream is no single value: write {"int":1} with one of ${[...TYPE_BY_MEMBER.keys()].join(', ')}`,
    );
  }
  return parseScalar(type, scalarText(member[1], index));
}

function scalarText(json: JsonNode, index: number): string {
  if (json.kind === 'object' || json.kind === 'array') {
    throw badTransformation(
      `Item ${index} of the stream holds an object or an array: it is a single value`,
    );
  }
  return json.kind === 'literal' && json.text === 'null' ? '' : json.text;
}

function writeItem(item: TypedValue): string {
  switch (item.type) {
    case 'list':
    case 'map':
      throw badTransformation(
        `A stream holds single values, not a ${item.type}: send a map or an object instead`,
      );
    case 'null':
      return 'null';
    case 'byte-array':
      return `{"bytes":"${formatScalar(item)}"}`;
    default:
      return `{"${item.type}":${scalarJson(item)}}`;
  }
}

function scalarJson(item: Scalar): string {
  switch (item.type) {
    case 'float':
    case 'double':
      // Java's texts of numbers are JSON; those of NaN and the infinities are not.
      return Number.isFinite(item.value) ? formatScalar(item) : `"${formatScalar(item)}"`;
    case 'long':
      // A number that JSON.parse would round goes as text.
      return Number.isSafeInteger(Number(item.value)) ? `${item.value}` : `"${item.value}"`;
    case 'string':
    case 'char':
      return JSON.stringify(item.value);
    default:
      return String(item.value);
  }
}
