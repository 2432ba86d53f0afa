import { listenerScenarios } from './listener-scenarios.js';

listenerScenarios('full');
