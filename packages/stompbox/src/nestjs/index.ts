/** `stompbox/nestjs`: the message service as a module of Nest, listeners by decorator, REST routes. */
export { Listener, type ListenerDecorator } from './listener-decorator.js';
export { MessagingModule } from './messaging-module.js';
export type {
  InjectedToken,
  MessagingModuleAsyncOptions,
  MessagingModuleOptions,
} from './messaging-module-options.js';
export { MessagingRestModule } from './messaging-rest-module.js';
export type { MessagingRestOptions } from './messaging-rest-options.js';
export { InjectMessaging, MESSAGING, MessagingService } from './messaging-service.js';
