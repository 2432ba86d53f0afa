/**
 * Routes that tell how messaging is doing:
 *
 *   GET /chk/mq            sends a message to the queue and the topic of the settings and answers with it
 *   GET /health            all of health in one answer; /health/live, /health/ready, /health/started
 *
 * The first proves that this application can send, and can be left out; the second watch it all the time,
 * and exist only with the option `health`.
 */
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import type { Health } from '../health/health.js';
import { HEALTH_PROBES } from '../health/health-code.js';
import { healthResponse } from '../health/health-response.js';
import { type Logger, stderrLogger } from '../logger.js';
import type { Messaging } from '../messaging.js';
import { anObject, aWholeNumber, expected, parseOptions } from '../options.js';
import type { HandleOptions } from './handle-options.js';
import type { LifecycleState } from './messaging-lifecycle.js';
import { problem } from './problem.js';
import { problemOfError } from './problem-of-error.js';
import { incomingRequest, type RestRequest } from './rest-request.js';
import { jsonResponse, type RestResponse } from './rest-response.js';

export interface CheckRouterOptions {
  /** Default `/chk/mq`; `false`: there is no such route, where only health is wanted. */
  readonly checkPath?: string | false | undefined;
  /** Default `/health`. */
  readonly healthPath?: string | undefined;
  /** What `health(messaging)` gives. Default: none, and no route for it. */
  readonly health?: Pick<Health, 'check'> | undefined;
  /** How long the check waits for the broker's receipts. Default 5,000. */
  readonly sendTimeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** What the check sends, and answers with. */
export interface Check {
  /** The whole URL of the request, with its query. */
  readonly url: string;
  readonly path: string;
  /** Host and port, as the caller named them. */
  readonly host: string;
}

export interface CheckRouter {
  /** The paths that are answered, behind the prefix; each by GET. */
  readonly paths: readonly string[];
  handle(request: RestRequest | Request, options?: HandleOptions): Promise<RestResponse>;
}

/** A `MessagingLifecycle`, which also knows that the application is about to end. */
export interface CheckedMessaging {
  readonly messaging: Messaging;
  readonly state?: LifecycleState;
}

const isPath = (value: unknown) => typeof value === 'string' && /^\/[^?#]*[^/?#]$/.test(value);
const aPath = expected<string>('a path such as /chk/mq', isPath);
const aPathOrFalse = expected<string | false>(
  'a path such as /chk/mq, or false',
  (value) => value === false || isPath(value),
);
const checkOptions = v.strictObject({
  checkPath: v.optional(aPathOrFalse),
  healthPath: v.optional(aPath),
  health: v.optional(anObject<Pick<Health, 'check'>>()),
  sendTimeoutMs: v.optional(aWholeNumber(1, 2_147_483_647)),
  logger: v.optional(anObject<Logger>()),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function checkRouter(
  source: CheckedMessaging,
  options: CheckRouterOptions = {},
): CheckRouter {
  const given = parseOptions(checkOptions, options, {
    describe: (key) =>
      key === '' ? 'The options of checkRouter()' : `The option ${key} of checkRouter()`,
    aliases: { path: 'checkPath', timeoutMs: 'sendTimeoutMs' },
  });
  const { checkPath = '/chk/mq', healthPath = '/health', health, logger = stderrLogger } = given;
  const { sendTimeoutMs = 5_000 } = given;
  const routes = new Map<string, Route>();
  if (checkPath !== false) {
    routes.set(checkPath, (request) => sendCheck(source.messaging, request, sendTimeoutMs, logger));
  }
  if (health !== undefined) {
    for (const kind of ['all', ...HEALTH_PROBES] as const) {
      const path = kind === 'all' ? healthPath : `${healthPath}/${kind}`;
      routes.set(path, () => healthAnswer(source, health, kind));
    }
  }
  return {
    paths: [...routes.keys()],
    handle: async (request, { prefix = '' } = {}) => {
      const { path, method } = incomingRequest(request);
      const route = path.startsWith(prefix) ? routes.get(path.slice(prefix.length)) : undefined;
      if (route === undefined) return problem('not-found', { detail: 'There is no such check.' });
      if (method === 'GET' || method === 'HEAD') return await route(request);
      const headers = { allow: 'GET, HEAD' };
      return problem('method-not-allowed', { detail: 'Only GET is possible here.', headers });
    },
  };
}

type Route = (request: RestRequest | Request) => Promise<RestResponse>;

async function sendCheck(
  messaging: Messaging,
  request: RestRequest | Request,
  timeoutMs: number,
  logger: Logger,
): Promise<RestResponse> {
  const check = checkOf(request);
  try {
    await Promise.all([
      messaging.sendToQueue(check, { timeoutMs }),
      messaging.sendToTopic(check, { timeoutMs }),
    ]);
    return jsonResponse(200, check);
  } catch (error) {
    const context = { retryAfterS: 5, idempotencyKey: undefined, isDeduplicated: false };
    const answer = error instanceof OptionsError ? undefined : problemOfError(error, context);
    if (answer === undefined) throw error;
    logger.warn(`the check of messaging failed: ${error instanceof Error ? error.message : error}`);
    return answer;
  }
}

function checkOf(request: RestRequest | Request): Check {
  const { header, path } = incomingRequest(request);
  const host = header('host') ?? new URL(request.url, 'http://localhost').host;
  const isWhole = !request.url.startsWith('/');
  const origin =
    'origin' in request && request.origin !== undefined ? request.origin : `http://${host}`;
  return { url: isWhole ? request.url : origin + request.url, path, host };
}

/** A drain takes the application out of service before the message service itself closes. */
async function healthAnswer(
  { state }: CheckedMessaging,
  health: Pick<Health, 'check'>,
  kind: 'all' | (typeof HEALTH_PROBES)[number],
): Promise<RestResponse> {
  const { status, body } = await healthResponse(health, kind);
  const isDraining = state === 'draining' || state === 'closed';
  if (!isDraining || kind === 'live' || kind === 'started') return jsonResponse(status, body);
  return jsonResponse(503, { ...body, status: 'failed' });
}
