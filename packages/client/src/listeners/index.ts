export type { ConnectionListener, ListenerFrame } from './connection-listener.js';
export {
  connectWithListeners,
  getListener,
  type ListenedConnection,
  removeListener,
  setListener,
} from './connection-listeners.js';
export type { WaitingOptions } from './event-waits.js';
export { HeartBeatListener } from './heart-beat-listener.js';
export { ListenerGroup } from './listener-group.js';
export type { ListenerHooks } from './named-listeners.js';
export { PrintingListener, type PrintTarget } from './printing-listener.js';
export { type ConnectionCounts, StatisticsListener } from './statistics-listener.js';
export { TestListener, type TestListenerOptions } from './test-listener.js';
export { type Disconnection, WaitingListener } from './waiting-listener.js';
