/** A controller of Nest that hands requests to the framework-neutral routes of `stompbox/rest`. */
import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { HandleOptions } from '../rest/handle-options.js';
import type { RestRequest } from '../rest/rest-request.js';
import type { RestResponse } from '../rest/rest-response.js';
import {
  type PlatformRequest,
  type PlatformResponse,
  pathOf,
  restRequest,
  sendResponse,
} from './platform.js';

export interface RestHandler {
  handle(request: RestRequest, options?: HandleOptions): Promise<RestResponse>;
}

export interface RestControllerParts {
  /** Below which the routes stand; empty: none. Without slashes at its ends. */
  readonly path: string;
  /** Below the path, as Nest writes them. */
  readonly routes: readonly string[];
  /** Of the `RestHandler`. */
  readonly token: string;
  readonly decorators: readonly ClassDecorator[];
}

export function restController(parts: RestControllerParts): new (handler: RestHandler) => object {
  class MessagingRestController {
    readonly #handler: RestHandler;

    constructor(handler: RestHandler) {
      this.#handler = handler;
    }

    async handle(request: PlatformRequest, response: PlatformResponse): Promise<void> {
      const prefix = prefixOf(pathOf(request), parts);
      sendResponse(response, await this.#handler.handle(restRequest(request), { prefix }));
    }
  }
  const { prototype } = MessagingRestController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'handle') ?? {};
  All([...parts.routes])(prototype, 'handle', descriptor);
  Req()(prototype, 'handle', 0);
  Res()(prototype, 'handle', 1);
  Inject(parts.token)(MessagingRestController, undefined, 0);
  Controller(parts.path)(MessagingRestController);
  for (const decorate of parts.decorators) decorate(MessagingRestController);
  return MessagingRestController;
}

/** A global prefix or a version of the application stands before our path, and may be anything. */
function prefixOf(path: string, { path: own, routes }: RestControllerParts): string {
  const beginning = own === '' ? `/${routes[0]?.split('/', 1)[0]}` : `/${own}/`;
  const index = Math.max(0, path.indexOf(beginning));
  return own === '' ? path.slice(0, index) : `${path.slice(0, index)}/${own}`;
}
