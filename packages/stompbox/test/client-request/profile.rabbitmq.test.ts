/** The same facts at a real RabbitMQ. */
import { peerBroker } from '../support/peer-broker.js';
import { profileSuite } from './profile-suite.js';

profileSuite({ name: 'RabbitMQ', profile: 'rabbitmq', start: peerBroker });
