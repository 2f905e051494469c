/**
 * What the training forms of layers share: a form takes the place of a layer's `call` on one instance.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Random } from '../../examples/random.js';
import type { MovingStatistics } from './movingStatistics.js';

/**
 * What batch normalisation does in training: `'calibrate'` normalises by the batch, and the stored statistics are
 * re-estimated over the training images after every epoch; `'adapt'` normalises by the batch, whose statistics move the
 * stored ones, as PyTorch's train mode; `'frozen'` has the stored ones, left alone.
 */
export type BatchNormMode = 'calibrate' | 'adapt' | 'frozen';

/** Switches of a model that is prepared for training. */
export interface TrainingMode {
  batchNorm: BatchNormMode;
  /** Where dropout takes its seeds from. */
  random: Random;
}

/** What forms know of the run beside its switches. */
export interface FormContext {
  mode: TrainingMode;
  moving: MovingStatistics;
}

/** The `call` of a layer. */
export type Call = (inputs: Tensor | Tensor[], kwargs: Record<string, unknown>) => Tensor | Tensor[];

/** The layer's own fields that tfjs types as protected. */
export type Fields = Record<string, unknown> & { call: Call };

/** Makes a layer's call in training, given its own. */
export type Form = (layer: Fields, stock: Call, context: FormContext) => Call;

/** The one input of a layer. */
export const single = (inputs: Tensor | Tensor[]): Tensor => (Array.isArray(inputs) ? inputs[0]! : inputs);

/** The value of a layer's weight. */
export const read = (weight: unknown): Tensor | null => (weight as LayerVariable | null | undefined)?.read() ?? null;

/** Whether a layer's weight is there and trained. */
export function isTrained(weight: unknown): boolean {
  return (weight as { trainable?: boolean } | null | undefined)?.trainable ?? false;
}
