export { drainOnShutdown } from '../rest/drain-on-shutdown.js';
export type { LifecycleOptions, MessagingLifecycle } from '../rest/messaging-lifecycle.js';
export { type ExpressMessaging, expressMessaging } from './express-messaging.js';
export { type MessagingRouter, messagingRouter } from './messaging-router.js';
