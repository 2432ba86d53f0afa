/**
 * The JSON Schema of what travels, taken from the library that made the schema: the Standard JSON Schema
 * interface of zod 4.2 and arktype 2.1.28; valibot's schemas have it after `toStandardJsonSchema(schema)` of
 * `@valibot/to-json-schema`. It is what goes in (`input`), because that is what stands in the message.
 *
 * A schema that has no JSON Schema gives `{}`, which allows everything, and a note that says why.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema } from './async-api-types.js';

export interface PayloadSchema {
  readonly schema: JsonSchema;
  readonly note?: string;
}

/** AsyncAPI's schemas are a superset of this draft. */
const ASYNC_API_TARGET = 'draft-07';

/**
 * @param home where the schema will stand in the document: its own references start there
 * @param target the draft that the document speaks
 */
export function payloadSchema(
  schema: StandardSchemaV1 | undefined,
  home: string,
  target: StandardJSONSchemaV1.Target = ASYNC_API_TARGET,
): PayloadSchema {
  if (schema === undefined) {
    return { schema: {}, note: 'No schema is given: the payload may be anything.' };
  }
  const { vendor } = schema['~standard'];
  const converter = converterOf(schema);
  if (converter === undefined) {
    return { schema: {}, note: `The payload has a schema of ${vendor} without a JSON Schema.` };
  }
  try {
    // A Date or the like becomes "anything" instead of an error; only zod knows this option.
    const libraryOptions = vendor === 'zod' ? { unrepresentable: 'any' } : undefined;
    const { $schema: _draft, ...found } = converter.input({ target, libraryOptions });
    return { schema: rooted(found, home) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { schema: {}, note: `The schema of ${vendor} cannot be a JSON Schema: ${why}` };
  }
}

function converterOf(schema: StandardSchemaV1): StandardJSONSchemaV1.Converter | undefined {
  const standard: Partial<StandardJSONSchemaV1.Props> = schema['~standard'];
  return standard.jsonSchema;
}

/** Keys whose value is data, in which `$ref` means nothing. */
const DATA = new Set(['const', 'default', 'enum', 'examples']);
/** Keys whose value has names of the user's as its keys, each with a schema. */
const BY_NAME = new Set(['properties', 'patternProperties', 'definitions', '$defs']);

/** References within the schema, `#` and `#/definitions/…`, are to the document when it is part of one. */
function rooted(schema: Readonly<Record<string, unknown>>, home: string): JsonSchema {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === '$ref' && typeof value === 'string' && value.startsWith('#')) {
      return [key, `${home}${value.slice(1)}`];
    }
    if (DATA.has(key)) return [key, value];
    if (BY_NAME.has(key) && isObject(value)) {
      const named = Object.entries(value).map(([name, item]) => [name, inside(item, home)]);
      return [key, Object.fromEntries(named)];
    }
    return [key, inside(value, home)];
  });
  return Object.fromEntries(entries);
}

function inside(value: unknown, home: string): unknown {
  if (Array.isArray(value)) return value.map((item) => inside(item, home));
  return isObject(value) ? rooted(value, home) : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
