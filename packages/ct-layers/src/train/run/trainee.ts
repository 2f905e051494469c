/**
 * What a training run trains.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  count,
  func,
  isTensor,
  listOf,
  matching,
  nothing,
  oneOf,
  options,
  whole,
} from '@curvature-tuning/checks';
import type { DataType, Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { Random } from '../../examples/random.js';
import type { RunIdentity } from '../checkpoint.js';
import type { Binding, ParameterGroup } from '../parameterGroup.js';
import { parameterGroupEntries } from '../parameterGroup.js';

/** What the loop trains. */
export interface Trainee {
  /** From images to logits, `[batch, classes]`; gradients are taken of a loss of these. */
  forward: (images: Tensor, training: boolean) => Tensor2D;
  /** Shape of the images, batch axis first. */
  inputShape: Shape;
  /** What the images may be. Default: float32 alone. */
  inputDtypes?: readonly DataType[] | undefined;
  classes: number;
  groups: readonly ParameterGroup[];
  /** What changes beside the parameters and belongs to the best epoch too: moving statistics. */
  state?: readonly Variable[] | undefined;
  /** Ends a forward pass in training: moves the state by what it found, or forgets that where the pass threw. */
  afterForward?: ((threw: boolean) => void) | undefined;
  /** Gives the state's variables what passes have moved since: before anybody reads them, and at the end. */
  catchUp?: (() => void) | undefined;
  /**
   * Variables that the network takes the sigmoids of, and how to hand it these instead. Groups of such variables alone
   * are differentiated in the sigmoids.
   */
  bindings?: ReadonlyMap<Variable, Binding> | undefined;
  /** Brings what changes beside the parameters up to date, after an epoch's steps and before its evaluation. */
  settle?: (() => Promise<void>) | undefined;
  /** The trained scalar of a batch. Default: the mean cross-entropy. */
  loss?: ((logits: Tensor2D, oneHotLabels: Tensor2D) => Scalar) | undefined;
  /** Gives dropout its random numbers, at the start of each epoch. */
  useRandom?: ((random: Random) => void) | undefined;
  /** Says where a loss that is not finite comes from. */
  explain?: ((images: Tensor) => Promise<string | undefined>) | undefined;
  /** What else a checkpoint must share with the run that takes it up, by name; asked before training. */
  identity?: (() => Promise<RunIdentity>) | undefined;
  /** What `setModel` of tfjs callbacks gets; `stopTraining` of it ends the run after the epoch. */
  model?: object | undefined;
}

/** What each part of a trainee must be. */
export const traineeEntries: Entries<Trainee> = {
  forward: func(),
  inputShape: listOf(anyOf(whole({ min: 0 }), nothing), { min: 1 }) as Schema<Shape>,
  inputDtypes: listOf(oneOf('float32', 'int32', 'bool'), { min: 1 }),
  classes: count,
  groups: listOf(options<ParameterGroup>(parameterGroupEntries, ['name', 'learningRate', 'parameters']), { min: 1 }),
  state: listOf(
    matching((value): value is Variable => isTensor(value) && 'assign' in value, { expects: 'a variable' }),
  ),
  afterForward: func(),
  catchUp: func(),
  bindings: matching((value): value is ReadonlyMap<Variable, Binding> => value instanceof Map, { expects: 'a map' }),
  settle: func(),
  loss: func(),
  useRandom: func(),
  explain: func(),
  identity: func(),
  model: matching((value): value is object => typeof value === 'object' && value !== null, { expects: 'an object' }),
};
