/** The same promises against a real Artemis, whose reply queues are addresses of their own. */
import { peerBroker, whyNoPeerRestart } from '../support/peer-broker.js';
import { requestSuite } from './request-suite.js';

requestSuite({
  name: 'Artemis',
  ...(whyNoPeerRestart !== undefined && { whyNoRestart: whyNoPeerRestart }),
  start: peerBroker,
});
