/** The options of `MessagingRestModule`, checked as far as they are not those of the REST router. */
import type { DynamicModule } from '@nestjs/common';
import { OptionsError } from '@stompbox/protocol';
import type { HealthOptions } from '../health/health-options.js';
import { show } from '../options.js';
import type { RestRouterOptions } from '../rest/rest-options.js';

export interface MessagingRestOptions extends Omit<RestRouterOptions, 'prefix'> {
  /**
   * Path of the routes: `POST /messages/orders`. Default `messages`. A global prefix of the
   * application comes before it.
   */
  readonly path?: string | undefined;
  /**
   * `true`: `GET /chk/mq` sends to the queue and the topic of the settings and answers with what it sent.
   * Default false, because whoever may call it makes messages.
   */
  readonly check?: boolean | undefined;
  /** `GET /health`, `/health/live`, `/health/ready`, `/health/started`. `true`: with defaults. Default: none. */
  readonly health?: HealthOptions | boolean | undefined;
  /** For the controllers, as `@UseGuards()` and the like make them. Default: none. */
  readonly decorators?: readonly ClassDecorator[] | undefined;
  /** Modules with what the decorators need. */
  readonly imports?: DynamicModule['imports'];
}

export interface ResolvedRestModule {
  readonly path: string;
  readonly hasCheck: boolean;
  readonly health: HealthOptions | undefined;
  readonly decorators: readonly ClassDecorator[];
  readonly imports: NonNullable<DynamicModule['imports']>;
  /** Checked by the router. */
  readonly router: Omit<RestRouterOptions, 'prefix'>;
}

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function resolveRestModule(raw: MessagingRestOptions): ResolvedRestModule {
  const { path, check, health, decorators, imports, ...router } = raw;
  return {
    path: pathOf(path ?? 'messages'),
    hasCheck: check ?? false,
    health: health === true ? {} : health || undefined,
    decorators: decorators ?? [],
    imports: imports ?? [],
    router,
  };
}

function pathOf(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/^\/+|\/+$/g, '') : '';
  if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(text)) return text;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The option path of MessagingRestModule must be a path such as messages, not ${show(value)}`,
  );
}
