/**
 * Epochs of training: the value of `--epochs`, and its schema.
 */
import { whole } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { wholeNumber } from './parsers.js';

/** More is taken for a mistake. */
const MOST = 10_000;

/** Reads a number of epochs, 1 to 10,000, from the command line. */
export const parseEpochs: (text: string) => number = wholeNumber(1, MOST);
export const epochsSchema: Schema<number> = whole({ min: 1, max: MOST });
