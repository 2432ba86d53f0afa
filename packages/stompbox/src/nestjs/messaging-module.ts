/**
 * The message service of a Nest application, and its listeners:
 *
 *     @Module({ imports: [MessagingModule.forRoot({ settings: { url: 'mq.example.com' } })] })
 *
 * It is global: every module may inject `MessagingService`. Nest calls its shutdown hooks on SIGTERM only
 * after `app.enableShutdownHooks()`.
 *
 * Decorators are applied as functions here, so that the package needs none of the compiler's options.
 */
import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  ExternalContextCreator,
  MetadataScanner,
} from '@nestjs/core';
import { OptionsError } from '@stompbox/protocol';
import type { Messaging } from '../messaging.js';
import { createMessaging } from '../stomp-messaging.js';
import { findListeners } from './listener-search.js';
import { MessagingLifecycle } from './messaging-lifecycle.js';
import {
  type MessagingModuleAsyncOptions,
  type MessagingModuleOptions,
  type ResolvedModuleOptions,
  resolveModuleOptions,
} from './messaging-module-options.js';
import { MESSAGING, MessagingService } from './messaging-service.js';
import { nestLogger } from './nest-logger.js';

const OPTIONS = 'stompbox.messaging.options';

// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class, with forRoot by custom
export class MessagingModule {
  /** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
  static forRoot(options: MessagingModuleOptions = {}): DynamicModule {
    const resolved = resolveModuleOptions(options);
    return moduleOf([], { provide: OPTIONS, useFactory: () => resolved });
  }

  /** With options that other providers know, such as a configuration service. */
  static forRootAsync({ imports, inject, useFactory }: MessagingModuleAsyncOptions): DynamicModule {
    return moduleOf(imports ?? [], {
      provide: OPTIONS,
      useFactory: async (...dependencies: never[]) =>
        resolveModuleOptions(await useFactory(...dependencies)),
      inject: [...(inject ?? [])] as NonNullable<FactoryProvider['inject']>,
    });
  }
}
Module({})(MessagingModule);

function moduleOf(
  imports: NonNullable<DynamicModule['imports']>,
  options: FactoryProvider,
): DynamicModule {
  return {
    module: MessagingModule,
    global: true,
    imports: [...imports, DiscoveryModule],
    providers: [
      options,
      {
        provide: MESSAGING,
        inject: [OPTIONS],
        useFactory: ({ messaging, settings, ports }: ResolvedModuleOptions): Messaging =>
          messaging ?? createMessaging(settings, { logger: nestLogger(), ...ports }),
      },
      { provide: MessagingService, useExisting: MESSAGING },
      {
        provide: MessagingLifecycle,
        inject: [OPTIONS, MESSAGING, DiscoveryService, MetadataScanner, ExternalContextCreator],
        useFactory: lifecycleOf,
      },
    ],
    exports: [MESSAGING, MessagingService, MessagingLifecycle],
  };
}

function lifecycleOf(
  options: ResolvedModuleOptions,
  messaging: Messaging,
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  contexts: ExternalContextCreator,
): MessagingLifecycle {
  const { isListening, hasEnhancers, ports } = options;
  return new MessagingLifecycle({
    messaging,
    logger: ports.logger ?? nestLogger(),
    clock: ports.clock,
    isOwned: options.messaging === undefined,
    findListeners: () => {
      assertOnce(discovery);
      return isListening ? findListeners({ discovery, scanner, contexts, hasEnhancers }) : [];
    },
  });
}

/** Each would start the listeners of the whole application: a message of a topic would be handled twice. */
function assertOnce(discovery: DiscoveryService): void {
  const found = discovery.getProviders().filter(({ token }) => token === MessagingLifecycle);
  if (found.length <= 1) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    'MessagingModule is imported more than once with different options: import it in the root module only, ' +
      'it is global',
  );
}
