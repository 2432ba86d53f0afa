export { type Instrumentation, type InstrumentPorts, instrument } from './instrument.js';
export { type InstrumentMessagingOptions, instrumentMessaging } from './instrument-messaging.js';
export type { InstrumentOptions } from './instrument-options.js';
