/** The options of `MessagingModule`, checked. */
import type { DynamicModule } from '@nestjs/common';
import * as v from 'valibot';
import type { Messaging, MessagingPorts } from '../messaging.js';
import { aBoolean, anObject, parseOptions } from '../options.js';
import type { Settings, SettingsInput } from '../settings/settings.js';

export interface MessagingModuleOptions {
  /** What the program sets itself; the rest comes from the environment and `stompbox.config.ts`. */
  readonly settings?: SettingsInput | Settings | undefined;
  /** A service that exists already, instead of `settings`. Whoever made it closes it. */
  readonly messaging?: Messaging | undefined;
  /** For tests and adapters; the default logger is Nest's. */
  readonly ports?: MessagingPorts | undefined;
  /** `false`: this process only sends, and no `@Listener` is started. Default true. */
  readonly listen?: boolean | undefined;
  /**
   * Whether guards and interceptors run around listeners: those of the method and its class, and the
   * global ones of the application. Default true.
   */
  readonly enhancers?: boolean | undefined;
}

export interface MessagingModuleAsyncOptions {
  readonly imports?: DynamicModule['imports'];
  /** Tokens of what `useFactory` gets. Default: none. */
  readonly inject?: readonly InjectedToken[] | undefined;
  readonly useFactory: (
    ...dependencies: never[]
  ) => MessagingModuleOptions | Promise<MessagingModuleOptions>;
}

export type InjectedToken = string | symbol | (abstract new (...args: never[]) => unknown);

const moduleOptions = v.strictObject({
  settings: v.optional(anObject<SettingsInput | Settings>()),
  messaging: v.optional(anObject<Messaging>()),
  ports: v.optional(anObject<MessagingPorts>()),
  listen: v.optional(aBoolean),
  enhancers: v.optional(aBoolean),
});

export interface ResolvedModuleOptions {
  readonly settings: SettingsInput | Settings;
  readonly messaging: Messaging | undefined;
  readonly ports: MessagingPorts;
  readonly isListening: boolean;
  readonly hasEnhancers: boolean;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveModuleOptions(raw: MessagingModuleOptions): ResolvedModuleOptions {
  const { settings, messaging, ports, listen, enhancers } = parseOptions(moduleOptions, raw, {
    describe: (key) => `The ${key === '' ? 'options' : `option ${key}`} of MessagingModule`,
    aliases: { url: 'settings', service: 'messaging', logger: 'ports' },
  });
  return {
    settings: settings ?? {},
    messaging,
    ports: ports ?? {},
    isListening: listen ?? true,
    hasEnhancers: enhancers ?? true,
  };
}
