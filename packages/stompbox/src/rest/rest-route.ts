/** Finds what a path names, and what a request says about a reply. */
import { type DestinationLike, destinationText } from '../destination/destination.js';
import { problem } from './problem.js';
import type { ResolvedRest } from './rest-options.js';
import type { IncomingRequest } from './rest-request.js';
import type { RestResponse } from './rest-response.js';

export interface Route {
  /** Of the destination, as the options have it. */
  readonly name: string;
  readonly to: DestinationLike;
  /** In STOMP's form. */
  readonly destination: string;
  /** As the caller wrote it, up to the name of the destination. */
  readonly path: string;
  /** Set where a late reply is read. */
  readonly replyId: string | undefined;
}

export function routeOf(
  { path, method }: IncomingRequest,
  prefix: string,
  { destinations }: ResolvedRest,
): Route | { readonly refusal: RestResponse } {
  const segments = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1).split('/') : [];
  const [name = '', replies, replyId] = segments.map(decoded);
  const isReply = segments.length === 3 && replies === 'replies' && replyId !== '';
  if (name === '' || (segments.length !== 1 && !isReply)) {
    return { refusal: problem('not-found', { detail: 'Send to the path of a destination.' }) };
  }
  const to = destinations.get(name);
  if (to === undefined) {
    const detail = `This application has no destination called ${JSON.stringify(name)} to send to.`;
    return { refusal: problem('unknown-destination', { detail }) };
  }
  const allowed = isReply ? 'GET' : 'POST';
  if (method !== allowed) {
    const detail = `Only ${allowed} is possible here.`;
    return { refusal: problem('method-not-allowed', { detail, headers: { allow: allowed } }) };
  }
  return {
    name,
    to,
    destination: destinationText(to),
    path: `${prefix}/${segments[0]}`,
    replyId: isReply ? replyId : undefined,
  };
}

/** How long to wait for the reply; undefined: none is wanted, or there is no request mode. */
export function wantedReply(
  request: IncomingRequest,
  reply: ResolvedRest['reply'],
): number | undefined {
  if (reply === undefined) return undefined;
  // RFC 7240, "wait": how long the client is willing to wait, in seconds.
  const [, seconds] = /(?:^|[,;])\s*wait\s*=\s*"?(\d+)/i.exec(request.header('prefer') ?? '') ?? [];
  const asked = request.query.get('reply');
  const isWanted = asked === null ? seconds !== undefined : ['true', '1', ''].includes(asked);
  if (!isWanted) return undefined;
  if (seconds === undefined) return reply.waitMs;
  return Math.min(Math.max(Number(seconds) * 1_000, 1), reply.maxWaitMs);
}

/** Empty for what is wrongly encoded: nothing is called so. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
