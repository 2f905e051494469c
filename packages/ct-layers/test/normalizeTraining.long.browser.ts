import { normalizeTraining } from './normalizeTraining.js';

normalizeTraining(['T-CT', 'the head']);
