export type { LifecycleOptions, MessagingLifecycle } from '../rest/messaging-lifecycle.js';
export { fastifyMessaging } from './fastify-messaging.js';
export { checkRoutes, type MessagingRoutesOptions, messagingRoutes } from './fastify-routes.js';
