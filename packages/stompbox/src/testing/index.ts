export type { QueuedMessage } from './browse.js';
export type { TestPorts } from './door.js';
export type { KillMoment } from './fault/fault-plan.js';
export type { TestFaults } from './fault/test-faults.js';
export type {
  DeadLetteredMessage,
  HandledMessage,
  RetriedMessage,
  SentMessage,
} from './history.js';
export type { TestProfile } from './profile/imitation.js';
export { type TestBroker, testBroker } from './test-broker.js';
export type { TestBrokerOptions } from './test-broker-options.js';
export type { TestClock } from './test-clock.js';
export {
  type TestContext,
  type TestContextOverrides,
  type TestSend,
  type TestSettlement,
  testContext,
} from './test-context.js';
export { TestTimeoutError } from './test-errors.js';
export { type Expectation, type TestMessaging, testMessaging } from './test-messaging.js';
export type { TestListener, TestMessagingOptions } from './test-messaging-options.js';
