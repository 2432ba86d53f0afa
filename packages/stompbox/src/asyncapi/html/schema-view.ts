/**
 * A JSON Schema for people: the properties as a nested list, each with type, limits and description.
 * What the list does not show is in the JSON of the schema, which the page has too.
 */
import type { JsonSchema } from '../async-api-types.js';
import { html, type Markup } from './markup.js';

/** Finds `#/components/schemas/…` in the document. */
export type SchemaSource = (reference: string) => JsonSchema | undefined;

/** @param seen references on the way here, at which a recursive schema stops */
export function schemaView(
  schema: JsonSchema,
  source: SchemaSource,
  seen: readonly string[] = [],
): Markup {
  const { target, path } = followed(schema, source, seen);
  if (target === undefined) return html`<p class="type">the same again, nested</p>`;
  const parts = partsOf(target);
  const description = textOf(target['description']);
  return html`<p><span class="type">${typeOf(target)}</span>${limitsOf(target)}${
    description === undefined ? '' : html` ${description}`
  }</p>${
    parts.length === 0
      ? undefined
      : html`<ul class="schema">${parts.map((part) => partView(part, source, path))}</ul>`
  }`;
}

interface Part {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
}

function partView(part: Part, source: SchemaSource, seen: readonly string[]): Markup {
  const { target, path } = followed(part.schema, source, seen);
  const name = html`<code>${part.name}</code>${
    part.isRequired ? html` <strong class="required">required</strong>` : ''
  }`;
  if (target === undefined) return html`<li>${name} <span class="type">nested again</span></li>`;
  const parts = partsOf(target);
  const line = html`${name} <span class="type">${typeOf(target)}</span>${limitsOf(target)}`;
  const description = textOf(target['description']);
  const about = description === undefined ? undefined : html`<p>${description}</p>`;
  if (parts.length === 0) return html`<li>${line}${about}</li>`;
  return html`<li><details open><summary>${line}</summary>${about}<ul class="schema">${parts.map(
    (inner) => partView(inner, source, path),
  )}</ul></details></li>`;
}

function followed(
  schema: JsonSchema,
  source: SchemaSource,
  seen: readonly string[],
): { readonly target: JsonSchema | undefined; readonly path: readonly string[] } {
  const reference = textOf(schema['$ref']);
  if (reference === undefined) return { target: schema, path: seen };
  if (seen.includes(reference)) return { target: undefined, path: seen };
  const found = source(reference);
  return found === undefined
    ? { target: {}, path: seen }
    : followed(found, source, [...seen, reference]);
}

/** What is inside: properties, items, and the choices of anyOf, oneOf, allOf. */
function partsOf(schema: JsonSchema): Part[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const properties = Object.entries(objectOf(schema['properties'])).map(([name, inner]) => ({
    name,
    isRequired: required.includes(name),
    schema: objectOf(inner),
  }));
  const items = schemasOf(schema['items']).map((inner) => named('each item', inner));
  const others = objectOf(schema['additionalProperties']);
  const open = Object.keys(others).length === 0 ? [] : [named('any other property', others)];
  const choices = (['anyOf', 'oneOf', 'allOf'] as const).flatMap((key) =>
    schemasOf(schema[key]).map((inner, index) =>
      named(`${key === 'allOf' ? 'and' : 'or'} ${index + 1}`, inner),
    ),
  );
  return [...properties, ...open, ...items, ...choices];
}

function named(name: string, schema: JsonSchema): Part {
  return { name, isRequired: false, schema };
}

function typeOf(schema: JsonSchema): string {
  const { type } = schema;
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((one) => JSON.stringify(one)).join(' | ');
  const format = textOf(schema['format']);
  if (Array.isArray(type)) return type.join(' | ');
  if (typeof type === 'string') return format === undefined ? type : `${type} (${format})`;
  if ('anyOf' in schema || 'oneOf' in schema) return 'one of';
  return 'allOf' in schema ? 'all of' : 'anything';
}

const LIMITS: Readonly<Record<string, string>> = {
  minimum: '≥',
  exclusiveMinimum: '>',
  maximum: '≤',
  exclusiveMaximum: '<',
  minLength: 'length ≥',
  maxLength: 'length ≤',
  minItems: 'items ≥',
  maxItems: 'items ≤',
  pattern: 'matches',
  default: 'default',
};

function limitsOf(schema: JsonSchema): Markup | undefined {
  const shown = Object.entries(LIMITS).flatMap(([key, sign]) => {
    // The format says it in one word.
    const value = key === 'pattern' && 'format' in schema ? undefined : schema[key];
    // The range of whole numbers that JavaScript can hold says nothing about the field.
    if (value === undefined || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return [];
    return [`${sign} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  return shown.length === 0 ? undefined : html`<span class="limits">, ${shown.join(', ')}</span>`;
}

function schemasOf(value: unknown): JsonSchema[] {
  if (Array.isArray(value)) return value.map(objectOf);
  return typeof value === 'object' && value !== null ? [objectOf(value)] : [];
}

function objectOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonSchema)
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
