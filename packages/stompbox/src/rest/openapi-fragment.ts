/**
 * Paths and components of the REST routes for an OpenAPI 3.1 document, whose schemas are JSON Schema
 * 2020-12. To be merged into the document of the application: `{ ...document.paths, ...fragment.paths }`.
 */
import { payloadSchema } from '../asyncapi/payload-schema.js';
import { type DestinationLike, isDestination } from '../destination/destination.js';
import { CLOUD_EVENT_JSON } from './cloud-event.js';
import { PROBLEMS, type ProblemName } from './problem.js';
import type { ResolvedRest } from './rest-options.js';

type JsonSchema = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1: the dialect of its schemas is an extension of this draft. */
const TARGET = 'draft-2020-12';

export interface OpenApiFragment {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const PROBLEM_SCHEMA = 'MessagingProblem';
const ACCEPTED_SCHEMA = 'MessageAccepted';

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'A problem as RFC 9457 has it.',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};

const acceptedSchema: JsonSchema = {
  type: 'object',
  required: ['correlationId', 'destination'],
  properties: { correlationId: { type: 'string' }, destination: { type: 'string' } },
};

const SEND_PROBLEMS: readonly ProblemName[] = [
  'bad-request',
  'not-allowed',
  'key-in-progress',
  'body-too-large',
  'unsupported-media-type',
  'invalid-body',
  'broker-refused',
  'broker-unavailable',
];

export function openApiFragment(
  { destinations, reply }: Pick<ResolvedRest, 'destinations' | 'reply'>,
  prefix: string,
): OpenApiFragment {
  const schemas: Record<string, JsonSchema> = {
    [PROBLEM_SCHEMA]: problemSchema,
    [ACCEPTED_SCHEMA]: acceptedSchema,
  };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, to] of destinations) {
    const schemaName = freeName(name, schemas);
    const home = `#/components/schemas/${schemaName}`;
    const { schema } = isDestination(to) ? to : { schema: undefined };
    schemas[schemaName] = payloadSchema(schema, home, TARGET).schema;
    const path = `${prefix}/${encodeURIComponent(name)}`;
    paths[path] = { post: sendOperation(name, to, schemaName, reply !== undefined) };
    if (reply !== undefined) paths[`${path}/replies/{id}`] = { get: lateReplyOperation(name) };
  }
  return { openapi: '3.1.0', paths, components: { schemas } };
}

/** Components are called by letters, digits, dots, dashes and underscores; a/b and a_b are two. */
function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  const plain = `Message.${name.replaceAll(/[^\w.-]/g, '_')}`;
  let found = plain;
  for (let count = 2; Object.hasOwn(taken, found); count += 1) found = `${plain}.${count}`;
  return found;
}

function sendOperation(name: string, to: DestinationLike, schemaName: string, hasReply: boolean) {
  const description = isDestination(to) ? to.description : undefined;
  const problems: readonly ProblemName[] = hasReply
    ? [...SEND_PROBLEMS, 'no-reply']
    : SEND_PROBLEMS;
  return {
    operationId: `send-${name}`,
    summary: `Send to ${name}`,
    ...(description === undefined ? {} : { description }),
    parameters: sendParameters(hasReply),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: reference(schemaName) },
        'text/plain': { schema: { type: 'string' } },
        'application/octet-stream': {},
        [CLOUD_EVENT_JSON]: { schema: { type: 'object' } },
      },
    },
    responses: {
      ...(hasReply ? { 200: { description: 'The reply' } } : {}),
      202: {
        description: 'The broker has confirmed the message',
        content: { 'application/json': { schema: reference(ACCEPTED_SCHEMA) } },
      },
      ...problemResponses(problems),
    },
  };
}

function sendParameters(hasReply: boolean): readonly JsonSchema[] {
  const text = { type: 'string' };
  const always = [
    { name: 'Idempotency-Key', in: 'header', required: false, schema: text },
    { name: 'X-Request-Id', in: 'header', required: false, schema: text },
  ];
  if (!hasReply) return always;
  return [
    ...always,
    { name: 'Prefer', in: 'header', required: false, schema: text, example: 'wait=10' },
    { name: 'reply', in: 'query', required: false, schema: { type: 'boolean' } },
  ];
}

function lateReplyOperation(name: string) {
  return {
    operationId: `read-reply-${name}`,
    summary: `Read a late reply of ${name}`,
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    responses: {
      200: { description: 'The reply' },
      202: { description: 'It has not come yet' },
      ...problemResponses(['not-allowed', 'not-found', 'responder-failed', 'outcome-unknown']),
    },
  };
}

function problemResponses(names: readonly ProblemName[]): Record<string, unknown> {
  const schema = reference(PROBLEM_SCHEMA);
  const answers = names.map((name) => {
    const { status, title } = PROBLEMS[name];
    return [status, { description: title, content: { 'application/problem+json': { schema } } }];
  });
  return Object.fromEntries(answers);
}

function reference(schemaName: string): JsonSchema {
  return { $ref: `#/components/schemas/${schemaName}` };
}
