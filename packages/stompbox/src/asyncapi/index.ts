/** `stompbox/asyncapi`: the AsyncAPI 3.0 document of an application, as data and as a page. */
export { asyncApiDocument } from './async-api-document.js';
export type {
  AnsweredDestination,
  AsyncApiOptions,
  ConsumedListener,
} from './async-api-options.js';
export type {
  AsyncApiChannel,
  AsyncApiComponents,
  AsyncApiDocument,
  AsyncApiInfo,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiReply,
  AsyncApiServer,
  Extension,
  JsonSchema,
  Reference,
} from './async-api-types.js';
export { asyncApiPage } from './html/async-api-page.js';
