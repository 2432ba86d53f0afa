/** Asks the schema of a destination about a body. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type BodyIssue, InvalidBodyError } from '../failure/failure-errors.js';
import type { Destination } from './destination.js';

/**
 * What the schema makes of the body; the body itself where there is no schema.
 *
 * @throws InvalidBodyError `STOMP_OPT_SCHEMA` with all issues
 */
export async function checkBody<In, Out>(
  destination: Destination<In, Out>,
  body: unknown,
): Promise<Out> {
  const { schema } = destination;
  if (schema === undefined) return body as Out;
  return acceptedValue(destination, await schema['~standard'].validate(body));
}

/**
 * As `checkBody`, at once where the schema answers at once.
 *
 * @throws InvalidBodyError `STOMP_OPT_SCHEMA` with all issues
 */
export function checkBodyNow<In, Out>(
  destination: Destination<In, Out>,
  body: unknown,
): Out | Promise<Out> {
  const { schema } = destination;
  if (schema === undefined) return body as Out;
  const result = schema['~standard'].validate(body);
  if (!(result instanceof Promise)) return acceptedValue(destination, result);
  return result.then((settled) => acceptedValue(destination, settled));
}

function acceptedValue<In, Out>(
  destination: Destination<In, Out>,
  result: StandardSchemaV1.Result<Out>,
): Out {
  if (result.issues === undefined) return result.value;
  throw new InvalidBodyError(destination.destination, result.issues.map(issueOf));
}

function issueOf({ message, path = [] }: StandardSchemaV1.Issue): BodyIssue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return { path: keys.join('.'), message };
}
