/**
 * The JSON Schema of a body, where the schema library tells it by the interface Standard JSON Schema:
 * zod from 4.2, arktype from 2.1.28, and valibot through `toStandardJsonSchema`.
 */
import type { Destination } from '../destination/destination.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What may be sent. `{}`, which allows everything, where nothing is known. */
export function inputJsonSchema({ schema }: Pick<Destination, 'schema'>): JsonSchema {
  const converter: unknown = schema && Reflect.get(schema['~standard'], 'jsonSchema');
  const input: unknown =
    typeof converter === 'object' && converter !== null
      ? Reflect.get(converter, 'input')
      : undefined;
  if (typeof input !== 'function') return {};
  const { $schema: _dialect, ...found } = convert(input as Converter);
  return found;
}

type Converter = (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;

/** A library throws for what JSON Schema cannot say (a date, a transformation): then nothing is known. */
function convert(input: Converter): Record<string, unknown> {
  try {
    return input({ target: 'draft-2020-12' });
  } catch (error) {
    return { description: `The schema library cannot tell it: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
