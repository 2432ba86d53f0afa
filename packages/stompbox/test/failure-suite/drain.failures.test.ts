import { drainScenarios } from './drain-scenarios.js';

drainScenarios('full');
