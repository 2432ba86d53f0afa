/**
 * REST routes that send, for any web framework:
 *
 *   POST <prefix>/<destination>                the message is at the broker: 202, or the reply: 200
 *   GET  <prefix>/<destination>/replies/<id>   a reply that came after the caller had waited
 *
 * A request passes: authorize → size → content type → idempotency → schema → broker. Only destinations of
 * the options exist. Nothing here knows HTTP's wire; a framework's adapter does.
 */
import { OptionsError } from '@stompbox/protocol';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Messaging } from '../messaging.js';
import { show } from '../options.js';
import type { HandleOptions } from './handle-options.js';
import { answerOnce, digest, readIdempotencyKey } from './idempotency-key.js';
import { type OpenApiFragment, openApiFragment } from './openapi-fragment.js';
import { problem } from './problem.js';
import { readContent } from './request-content.js';
import { REQUEST_ID_HEADER, requestCorrelationId } from './request-correlation.js';
import { type Delivery, RestDelivery } from './rest-delivery.js';
import {
  type AuthorizeResult,
  type ResolvedRest,
  type RestCall,
  type RestPorts,
  type RestRouterOptions,
  resolveRestOptions,
} from './rest-options.js';
import { type IncomingRequest, incomingRequest, type RestRequest } from './rest-request.js';
import { jsonResponse, type RestResponse, withHeaders } from './rest-response.js';
import { type Route, routeOf, wantedReply } from './rest-route.js';

export interface RestRouter {
  /**
   * Answers a request; errors that are the application's own (a bug, a hook that throws) reject.
   *
   * @param options `prefix`: instead of the option `prefix` of the router.
   */
  handle(request: RestRequest | Request, options?: HandleOptions): Promise<RestResponse>;
  /** Paths and schemas of these routes, for the OpenAPI document of the application. */
  openApiFragment(options?: HandleOptions): OpenApiFragment;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function restRouter(
  messaging: Messaging,
  options: RestRouterOptions,
  ports: RestPorts = {},
): RestRouter {
  return new MessagingRestRouter(messaging, resolveRestOptions(options, ports));
}

/** A request on its way. */
interface Passage {
  readonly request: IncomingRequest;
  readonly route: Route;
  readonly correlationId: string;
}

class MessagingRestRouter implements RestRouter {
  readonly #options: ResolvedRest;
  readonly #delivery: RestDelivery;

  constructor(messaging: Messaging, options: ResolvedRest) {
    this.#options = options;
    this.#delivery = new RestDelivery(messaging, options);
  }

  async handle(
    raw: RestRequest | Request,
    { prefix = this.#options.prefix }: HandleOptions = {},
  ): Promise<RestResponse> {
    const request = incomingRequest(raw);
    const correlationId = requestCorrelationId(request.header, this.#options.newId);
    const response = await withCorrelationId(correlationId, async () => {
      const route = routeOf(request, prefix, this.#options);
      return 'refusal' in route ? route.refusal : this.#answer({ request, route, correlationId });
    });
    return withHeaders(response, { [REQUEST_ID_HEADER]: correlationId });
  }

  openApiFragment({ prefix = this.#options.prefix }: HandleOptions = {}): OpenApiFragment {
    return openApiFragment(this.#options, prefix);
  }

  async #answer(passage: Passage): Promise<RestResponse> {
    const { route, request } = passage;
    const { name, destination } = route;
    const replyWaitMs = wantedReply(request, this.#options.reply);
    const sending = replyWaitMs === undefined ? 'send' : 'request';
    const action = route.replyId === undefined ? sending : 'read-reply';
    const { header, query } = request;
    const call: RestCall = { name, destination, action, header, query };
    const authorized = await this.#options.authorize(call);
    if (isAnswer(authorized)) return authorized;
    if (authorized === false) {
      return problem('not-allowed', { detail: `You may not use the destination ${name}.` });
    }
    const owner = JSON.stringify([principalOf(authorized), destination]);
    if (route.replyId !== undefined) return this.#lateReply(route.replyId, owner);
    return await this.#post(passage, call, owner, replyWaitMs);
  }

  async #post(
    { request, route, correlationId }: Passage,
    call: RestCall,
    owner: string,
    replyWaitMs: number | undefined,
  ): Promise<RestResponse> {
    const body = await request.readBody(this.#options.maxBodyBytes);
    if (body === undefined) return this.#tooLarge();
    const read = readContent(request, body);
    if ('refusal' in read) return read.refusal;
    const header = readIdempotencyKey(request.header('idempotency-key'));
    if ('refusal' in header) return header.refusal;
    const options = this.#options.messageOptions(call);
    const delivery: Delivery = {
      to: route.to,
      content: read.value,
      options,
      correlationId: options.correlationId ?? correlationId,
      owner,
      idempotencyKey: header.key,
      identity: read.value.eventKey,
      replyWaitMs,
      repliesPath: `${route.path}/replies`,
    };
    if (header.key === undefined) return (await this.#delivery.deliver(delivery)).answer;
    const key = await digest(owner, header.key);
    const fingerprint = await digest(describe(request, call), body.bytes);
    // The broker may remember the key longer than the answers are kept: another request is not dropped.
    const identity = JSON.stringify([header.key, fingerprint]);
    // Connecting and the receipt may each take the whole time; more than both, so that it outlasts them.
    const claimMs = 3 * (options.timeoutMs ?? this.#options.sendTimeoutMs) + (replyWaitMs ?? 0);
    return await answerOnce({ key, fingerprint, claimMs }, this.#options, () =>
      this.#delivery.deliver({ ...delivery, identity }),
    );
  }

  #lateReply(id: string, owner: string): RestResponse {
    const reply = this.#delivery.lateReplies.find(id, owner);
    if (reply === undefined) {
      const detail = 'There is no late reply of this name, or none any more.';
      return problem('not-found', { detail });
    }
    if (reply !== 'waiting') return reply;
    const headers = { 'retry-after': String(this.#options.retryAfterS) };
    return jsonResponse(202, { state: 'waiting' }, headers);
  }

  #tooLarge(): RestResponse {
    const { maxBodyBytes } = this.#options;
    return problem('body-too-large', { detail: `A body may have ${maxBodyBytes} bytes at most.` });
  }
}

/** A user of the application may well have a status, too, but a principal as well. */
function isAnswer(authorized: AuthorizeResult): authorized is RestResponse {
  if (typeof authorized !== 'object' || authorized === null) return false;
  return 'status' in authorized && !('principal' in authorized);
}

/** Whoever forgets to return something, or whose callers have no name, has not allowed anything. */
function principalOf(authorized: true | { readonly principal: string }): string {
  if (authorized === true) return '';
  const principal: unknown = Object(authorized).principal;
  if (typeof principal === 'string') return principal;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'The option authorize of restRouter() must return true, false, { principal } with a text, or an ' +
      `answer, not ${show(authorized)}`,
  );
}

/** What beside its body makes one request another one. */
function describe(request: IncomingRequest, { action }: RestCall): string {
  const names = request.headerNames().filter((name) => name.startsWith('ce-'));
  const attributes = names.sort().map((name) => [name, request.header(name)]);
  return JSON.stringify([action, request.header('content-type'), attributes]);
}
