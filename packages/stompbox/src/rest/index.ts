export {
  type AnswerStore,
  type KeptAnswer,
  type MemoryAnswersOptions,
  memoryAnswers,
} from './answer-store.js';
export {
  type Check,
  type CheckedMessaging,
  type CheckRouter,
  type CheckRouterOptions,
  checkRouter,
} from './check-router.js';
export {
  type CloudEvent,
  cloudEventHeaders,
  type MessageLike,
  toCloudEvent,
} from './cloud-event.js';
export {
  type DrainableMessaging,
  type DrainableServer,
  type DrainOptions,
  type DrainPorts,
  drainOnShutdown,
} from './drain-on-shutdown.js';
export type { HandleOptions } from './handle-options.js';
export {
  type LifecycleOptions,
  type LifecycleState,
  type ListenerEntry,
  type MessagingLifecycle,
  messagingLifecycle,
} from './messaging-lifecycle.js';
export type { OpenApiFragment } from './openapi-fragment.js';
export { PROBLEM_TYPE_PREFIX, PROBLEMS, type ProblemName } from './problem.js';
export type {
  AuthorizeResult,
  ReplyOptions,
  RestCall,
  RestPorts,
  RestRouterOptions,
} from './rest-options.js';
export type { RestHeaders, RestRequest } from './rest-request.js';
export { type RestResponse, toResponse } from './rest-response.js';
export { type RestRouter, restRouter } from './rest-router.js';
