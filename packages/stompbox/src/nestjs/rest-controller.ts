/** A controller of Nest that hands requests to the framework-neutral routes of `stompbox/rest`. */
import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { HandleOptions } from '../rest/handle-options.js';
import { pathBefore, type RestRequest } from '../rest/rest-request.js';
import type { RestResponse } from '../rest/rest-response.js';
import {
  type PlatformRequest,
  type PlatformResponse,
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

    /** A global prefix or a version of the application stands before our path, and may be anything. */
    async answer(request: PlatformRequest, response: PlatformResponse, segmentCount: number) {
      const own = restRequest(request);
      const prefix = pathBefore(own.url, segmentCount);
      sendResponse(response, await this.#handler.handle(own, { prefix }));
    }
  }
  const { prototype } = MessagingRestController;
  for (const [index, route] of parts.routes.entries()) {
    const segmentCount = route.split('/').length;
    const name = `handle${index}`;
    const value = function handle(
      this: MessagingRestController,
      request: PlatformRequest,
      response: PlatformResponse,
    ): Promise<void> {
      return this.answer(request, response, segmentCount);
    };
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
    All(route)(prototype, name, { value });
    Req()(prototype, name, 0);
    Res()(prototype, name, 1);
  }
  Inject(parts.token)(MessagingRestController, undefined, 0);
  Controller(parts.path)(MessagingRestController);
  for (const decorate of parts.decorators) decorate(MessagingRestController);
  return MessagingRestController;
}
