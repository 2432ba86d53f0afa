export { type Broker, type BrokerOptions, startBroker } from '@stompbox/broker';
export type { Connection, Message } from '@stompbox/client';
export { OptionsError, StompError } from '@stompbox/protocol';
export {
  type ListenerDefinition,
  type ListenerFunction,
  listener,
  type MessageListener,
} from './listener/listener.js';
export type { ListenerHandle } from './listener/listener-handle.js';
export type { ConsumeOptions, ListenerOptions } from './listener/listener-options.js';
export { type Logger, lineLogger, stderrLogger } from './logger.js';
export type { HeaderValue, MessageOptions } from './message/message-options.js';
export { createMessaging, type Messaging, type MessagingPorts } from './messaging.js';
export type { MessagingCloseOptions } from './messaging-close.js';
export { type BrokerOptionsSource, readBrokerOptions } from './settings/broker-options.js';
export { resolveSettings, type SettingsContext } from './settings/resolve-settings.js';
export { Secret } from './settings/secret.js';
export {
  type ConfigInput,
  defineBroker,
  defineConfig,
  type ServerAddress,
  type SettingName,
  Settings,
  type SettingsInput,
  type SettingsValues,
} from './settings/settings.js';
export { type ShutdownPorts, shutdownSignal } from './shutdown-signal.js';
