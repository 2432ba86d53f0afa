import { retryScenarios } from './retry-scenarios.js';

retryScenarios('full');
