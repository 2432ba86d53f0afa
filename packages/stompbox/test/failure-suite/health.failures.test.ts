import { healthScenarios } from './health-scenarios.js';

healthScenarios();
