/** The failure suite with little load, against the embedded broker, among the tests of every day. */
import { crashScenarios } from './crash-scenarios.js';
import { drainScenarios } from './drain-scenarios.js';
import { healthScenarios } from './health-scenarios.js';
import { listenerScenarios } from './listener-scenarios.js';
import { retryScenarios } from './retry-scenarios.js';

listenerScenarios('small');
retryScenarios('small');
crashScenarios('small');
drainScenarios('small');
healthScenarios();
