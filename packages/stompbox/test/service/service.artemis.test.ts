/** The same promises against a real Artemis. */
import { serviceSuite } from '../service-suite.js';
import { peerBroker, whyNoPeerRestart } from '../support/peer-broker.js';

serviceSuite({
  name: 'Artemis',
  ...(whyNoPeerRestart !== undefined && { whyNoRestart: whyNoPeerRestart }),
  start: peerBroker,
});
