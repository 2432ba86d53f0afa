export {
  type AnswerStore,
  type KeptAnswer,
  type MemoryAnswersOptions,
  memoryAnswers,
} from './answer-store.js';
export {
  type CloudEvent,
  cloudEventHeaders,
  type MessageLike,
  toCloudEvent,
} from './cloud-event.js';
export { inputJsonSchema, type JsonSchema } from './json-schema.js';
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
export { type HandleOptions, type RestRouter, restRouter } from './rest-router.js';
