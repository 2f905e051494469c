/**
 * Each method in a sentence.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';

/** What is done to the network, and what is trained. */
export const METHODS_IN_WORDS: Record<MethodName, string> = {
  probe: 'A new linear head on the features of the network as it is; nothing else is trained or changed.',
  bn: 'The same, after the statistics of batch norm are re-estimated on the training images, without their labels.',
  sct: 'Steering: one curvature beta for all activations, chosen on validation images; no weight is trained.',
  tct: 'Trained curvature: a beta and a mixing coefficient c for every channel of every activation are trained.',
  'tct-split': 'The same, with a pair of their own wherever an activation is used.',
  lora: 'Low-rank adaptation: a change of rank 1 of every kernel is trained.',
  norm: 'Scale and shift of batch norm, which the network has anyway, are trained.',
  slope: 'Every channel of every activation gets a slope below zero, which is trained (PReLU).',
  affine: 'Every channel gets a scale and a shift in front of its activation, which are trained.',
  bias: 'All biases, and the shifts of batch norm, are trained.',
  full: 'All weights of the network are trained.',
};
