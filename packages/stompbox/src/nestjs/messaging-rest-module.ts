/**
 * REST routes that send, see `stompbox/rest`, as a module of Nest:
 *
 *     MessagingRestModule.forRoot({ destinations: { orders }, check: true, health: true })
 *
 *   POST /messages/orders   202 when the broker has the message
 *   GET  /chk/mq            sends to the queue and the topic of the settings
 *   GET  /health            how messaging is doing
 *
 * Only the destinations that are given can be sent to. `MessagingModule` must be imported, too.
 */
import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { type Health, health } from '../health/health.js';
import type { Messaging } from '../messaging.js';
import { checkRouter } from '../rest/check-router.js';
import { resolveRestOptions } from '../rest/rest-options.js';
import { restRouter } from '../rest/rest-router.js';
import { MessagingLifecycle } from './messaging-lifecycle.js';
import {
  type MessagingRestOptions,
  type ResolvedRestModule,
  resolveRestModule,
} from './messaging-rest-options.js';
import { MESSAGING } from './messaging-service.js';
import { nestLogger } from './nest-logger.js';
import { type RestControllerParts, type RestHandler, restController } from './rest-controller.js';

// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class, with forRoot by custom
export class MessagingRestModule {
  /** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
  static forRoot(options: MessagingRestOptions): DynamicModule {
    const resolved = resolveRestModule(options);
    resolveRestOptions(resolved.router);
    const parts = [sending(resolved), ...checks(resolved)];
    return {
      module: MessagingRestModule,
      imports: [...resolved.imports],
      providers: parts.flatMap(({ providers }) => providers),
      controllers: parts.map(({ controller }) => restController(controller) as Type),
    };
  }
}
Module({})(MessagingRestModule);

interface Part {
  readonly providers: readonly Provider[];
  readonly controller: RestControllerParts;
}

function sending({ path, router, decorators }: ResolvedRestModule): Part {
  const token = `stompbox.rest.${path}`;
  return {
    controller: {
      path,
      routes: [':destination', ':destination/replies/:id'],
      token,
      decorators,
    },
    providers: [
      {
        provide: token,
        inject: [MESSAGING],
        useFactory: (messaging: Messaging): RestHandler =>
          restRouter(messaging, { logger: nestLogger('MessagingRest'), ...router }),
      },
    ],
  };
}

function checks({
  hasCheck,
  health: watched,
  router,
  decorators,
  path,
}: ResolvedRestModule): Part[] {
  const parts: Part[] = [];
  const logger = router.logger ?? nestLogger('MessagingRest');
  if (hasCheck) {
    const token = `stompbox.check.${path}`;
    parts.push({
      controller: { path: '', routes: ['chk/mq'], token, decorators },
      providers: [
        {
          provide: token,
          inject: [MessagingLifecycle],
          useFactory: (lifecycle: MessagingLifecycle) => checkRouter(lifecycle, { logger }),
        },
      ],
    });
  }
  if (watched !== undefined) {
    const token = `stompbox.health.${path}`;
    const routes = ['health', 'health/live', 'health/ready', 'health/started'];
    parts.push({
      // Guards are for people: a probe of the platform has no login.
      controller: { path: '', routes, token, decorators: [] },
      providers: [
        {
          provide: token,
          inject: [MessagingLifecycle],
          useFactory: (lifecycle: MessagingLifecycle) =>
            new HealthHandler(lifecycle, health(lifecycle.messaging, watched, { logger })),
        },
      ],
    });
  }
  return parts;
}

/** Ends watching with the application. */
class HealthHandler implements RestHandler {
  readonly handle: RestHandler['handle'];
  readonly #health: Health;

  constructor(lifecycle: MessagingLifecycle, watching: Health) {
    this.#health = watching;
    const router = checkRouter(lifecycle, { health: watching });
    this.handle = (request, options) => router.handle(request, options);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#health.close();
  }
}
