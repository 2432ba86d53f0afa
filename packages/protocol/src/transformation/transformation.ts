/**
 * The values of the header `transformation`: what they mean on a SEND, what a SUBSCRIBE gets for them.
 *
 *   on SEND        jms-map-json  jms-map-xml  jms-object-json  jms-object-xml  jms-stream-json
 *   on SUBSCRIBE   these, and jms-json  jms-xml  jms-byte  jms-advisory-json  jms-advisory-xml
 *
 * All are ActiveMQ's, except jms-stream-json. Names are case-sensitive, as there.
 */
import { badTransformation } from './bad-transformation.js';
import { type JsonNode, readJson } from './json-reader.js';
import { readMappedJson } from './mapped-json-reader.js';
import { writeMappedJson } from './mapped-json-writer.js';
import type { ObjectNode } from './object-node.js';
import { canonicalObject } from './object-tree.js';
import { entriesOfPlainJson, valueOfPlainJson } from './plain-json.js';
import { readStreamJson, writeStreamJson } from './stream-json.js';
import type { TypedBody } from './typed-value.js';
import {
  entriesOfNode,
  nodeOfEntries,
  nodeOfValue,
  typeOfClass,
  valueOfNode,
} from './value-node.js';
import { readXml } from './xml-reader.js';
import { writeXml } from './xml-writer.js';

/** What a body that a sender wrote can be declared as. */
export type SendTransformation =
  | 'jms-map-json'
  | 'jms-map-xml'
  | 'jms-object-json'
  | 'jms-object-xml'
  | 'jms-stream-json';

/** What a subscriber can ask for. */
export type Transformation =
  | SendTransformation
  | 'jms-json'
  | 'jms-xml'
  | 'jms-byte'
  | 'jms-advisory-json'
  | 'jms-advisory-xml';

interface TransformationRule {
  readonly syntax: 'json' | 'xml';
  /** The message type that a sender declares with it. */
  readonly sends?: TypedBody['kind'];
  /** The name that a subscriber finds in the header: that of the message type, or the one it asked for. */
  readonly naming: 'by type' | 'as asked';
}

const RULES: Readonly<Record<Transformation, TransformationRule>> = {
  'jms-map-json': { syntax: 'json', sends: 'map', naming: 'as asked' },
  'jms-map-xml': { syntax: 'xml', sends: 'map', naming: 'as asked' },
  'jms-object-json': { syntax: 'json', sends: 'object', naming: 'as asked' },
  'jms-object-xml': { syntax: 'xml', sends: 'object', naming: 'as asked' },
  'jms-stream-json': { syntax: 'json', sends: 'stream', naming: 'by type' },
  'jms-json': { syntax: 'json', naming: 'by type' },
  'jms-xml': { syntax: 'xml', naming: 'by type' },
  'jms-byte': { syntax: 'xml', naming: 'as asked' },
  'jms-advisory-json': { syntax: 'json', naming: 'as asked' },
  'jms-advisory-xml': { syntax: 'xml', naming: 'as asked' },
};

/** All names, for documentation and messages. */
export const TRANSFORMATIONS = Object.keys(RULES) as readonly Transformation[];

export function isTransformation(name: string): name is Transformation {
  return Object.hasOwn(RULES, name);
}

/** The type of message that a SEND with this header is; `undefined`: it declares none. */
export function declaredKind(name: string): TypedBody['kind'] | undefined {
  return isTransformation(name) ? RULES[name].sends : undefined;
}

/**
 * Reads a body as its sender declared it. Besides ActiveMQ's form, plain JSON is taken: an object
 * as a map; a single value, an array, or an object that has not exactly one member as an object message.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` with the place and what was expected, or when the
 * name is none that a sender can declare.
 */
export function parseBody(transformation: string, body: string): TypedBody {
  switch (transformation) {
    case 'jms-map-json':
      return mapOfJson(readJson(body));
    case 'jms-map-xml':
      return mapOfNode(readXml(body));
    case 'jms-object-json':
      return { kind: 'object', root: objectOfJson(readJson(body)) };
    case 'jms-object-xml':
      return { kind: 'object', root: canonicalObject(readXml(body)) };
    case 'jms-stream-json':
      return { kind: 'stream', items: readStreamJson(readJson(body)) };
    default: {
      const names = TRANSFORMATIONS.filter((name) => RULES[name].sends !== undefined);
      throw badTransformation(
        `The transformation "${transformation.slice(0, 40)}" does not describe a body: use one of ${names.join(', ')}`,
      );
    }
  }
}

export interface FormattedBody {
  readonly body: string;
  /** Value of the header `transformation` that belongs to it. */
  readonly transformation: Transformation;
}

/**
 * Writes a body as a subscriber asked for it, in the bytes that ActiveMQ sends. A stream has one form
 * only, `jms-stream-json`, whatever was asked for.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` for the few things that a form cannot hold, or when
 * there is no such form.
 */
export function formatBody(body: TypedBody, target: Transformation): FormattedBody {
  if (body.kind === 'stream') {
    return { body: writeStreamJson(body.items), transformation: 'jms-stream-json' };
  }
  const { syntax, naming } = ruleOf(target);
  const root = body.kind === 'map' ? nodeOfEntries(body.entries) : body.root;
  return {
    body: syntax === 'json' ? writeMappedJson(root) : writeXml(root),
    transformation: naming === 'as asked' ? target : `jms-${body.kind}-${syntax}`,
  };
}

function ruleOf(target: string): TransformationRule {
  if (isTransformation(target)) return RULES[target];
  throw badTransformation(
    `There is no transformation "${target.slice(0, 40)}": use one of ${TRANSFORMATIONS.join(', ')}`,
  );
}

function mapOfJson(json: JsonNode): TypedBody {
  if (json.kind !== 'object') {
    throw badTransformation(
      'The body is no JSON object: a map is written {"map":{…}} or {"name":"value"}',
    );
  }
  if (!isMappedMap(json)) return { kind: 'map', entries: entriesOfPlainJson(json.members) };
  return { kind: 'map', entries: entriesOfNode(readMappedJson(json), 'any') };
}

/** ActiveMQ's form has one member, `map`, that holds nothing or the member `entry`; any other object is plain. */
function isMappedMap(json: JsonNode): boolean {
  const [only, second] = json.kind === 'object' ? json.members : [];
  if (only === undefined || second !== undefined || typeOfClass(only[0]) !== 'map') return false;
  const [, value] = only;
  if (value.kind === 'object') return value.members.every(([name]) => name === 'entry');
  if (value.kind === 'array') return value.items.length === 1 && value.items[0]?.kind === 'object';
  return value.text === '' || value.text === 'null';
}

function mapOfNode(root: ObjectNode): TypedBody {
  const value = typeOfClass(root.name) === 'map' ? valueOfNode(root, 'written') : undefined;
  if (value?.type === 'map') return { kind: 'map', entries: value.value };
  throw badTransformation(`The body is no map: expected <map>, found <${root.name}>`);
}

function objectOfJson(json: JsonNode): ObjectNode {
  const isMapped = json.kind === 'object' && json.members.length === 1;
  return isMapped ? canonicalObject(readMappedJson(json)) : nodeOfValue(valueOfPlainJson(json));
}
