export {
  checkRoutes,
  type MessagingEnv,
  type MessagingVariables,
  messagingMiddleware,
  messagingRoutes,
} from './hono-messaging.js';
