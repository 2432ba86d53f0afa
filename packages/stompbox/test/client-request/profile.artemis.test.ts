/** The same facts at a real Artemis, as a fresh one is set up. */
import { peerBroker } from '../support/peer-broker.js';
import { profileSuite } from './profile-suite.js';

profileSuite({ name: 'Artemis', profile: 'artemis', start: peerBroker });
