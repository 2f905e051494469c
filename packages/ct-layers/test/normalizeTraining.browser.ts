import { normalizeTraining } from './normalizeTraining.js';

normalizeTraining(['full fine-tuning']);
