/** The same promises against a real RabbitMQ. */
import { serviceSuite } from '../service-suite.js';
import { peerBroker, whyNoPeerRestart } from '../support/peer-broker.js';

serviceSuite({
  name: 'RabbitMQ',
  ...(whyNoPeerRestart !== undefined && { whyNoRestart: whyNoPeerRestart }),
  whyNoSelectors: 'RabbitMQ has none',
  start: peerBroker,
});
