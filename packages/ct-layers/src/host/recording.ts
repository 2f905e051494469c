/**
 * What tfjs's engine says of the gradients that it is about to compute.
 */
import { engine } from '@tensorflow/tfjs-core';

/** Whether gradients are being recorded: without that, layers need keep nothing for them. */
export function isRecording(): boolean {
  return engine().state.gradientDepth > 0;
}
