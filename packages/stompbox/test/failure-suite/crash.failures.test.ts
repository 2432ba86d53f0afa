import { crashScenarios } from './crash-scenarios.js';

crashScenarios('full');
