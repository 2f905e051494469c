/**
 * What a file of `families/` says of its family: the networks by name, and the weights that exist for them.
 */

import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './modelOptions.js';

/** Builds a network; the function checks its options, those of its family among them. */
export type BuildModel = (options?: ModelOptions) => LayersModel;

/** A family of networks. */
export interface Family {
  /** The networks that `listModels` lists, by name. */
  readonly models: Readonly<Record<string, BuildModel>>;
  /** Networks that the list leaves out, such as any depth and width; undefined for a name of another family. */
  readonly byName?: (name: string) => BuildModel | undefined;
  /** The weights that exist, as `architecture.tag`. */
  readonly weights: Readonly<Record<string, PretrainedWeights>>;
}

/** How robust a network was found to be, as its benchmark publishes it. */
export interface PublishedRobustness {
  /** The benchmark and the name it has there. */
  readonly benchmark: string;
  /** The threat: the norm of the change to an image, or natural corruptions. */
  readonly threat: 'Linf' | 'L2' | 'corruptions';
  /** The radius as published, for pixels in [0, 1]: `8/255`; null for corruptions. */
  readonly eps: string | null;
  /** Accuracy under the threat, in [0, 1]. */
  readonly accuracy: number;
}

/** The facts about one set of weights. */
export interface PretrainedWeights {
  /** Builds the model they belong to. */
  readonly build: BuildModel;
  /** `[height, width, channels]`. */
  readonly inputShape: readonly [number, number, number];
  /** The number of logits. */
  readonly classes: number;
  /** What training subtracted from pixels in [0, 1], by channel; 0 where the network does it itself. */
  readonly mean: readonly number[];
  /** What it then divided by, by channel; 1 where the network does it itself. */
  readonly std: readonly number[];
  /** The filter that images were scaled with. Default `'bilinear'`. */
  readonly interpolation?: 'bilinear' | 'bicubic';
  /** The size over the short side to which an image was scaled before the central crop. Default 1. */
  readonly cropPct?: number;
  /** Top-1 accuracy in [0, 1] on `testSet`. */
  readonly accuracy: number;
  /** The images that `accuracy` was measured on. */
  readonly testSet: string;
  /** What a benchmark of robustness published, if it has the weights. */
  readonly robustness?: PublishedRobustness;
  /** The bytes of the file where this package has it; null where it has not. */
  readonly bytes: (() => Promise<Uint8Array>) | null;
  /** Addresses that the file can be downloaded from, each as good as the other; none where only a person can. */
  readonly urls?: readonly string[];
  /** How to get a file that has no address in `urls`, in a sentence. */
  readonly byHand?: string;
  /** What the file is. Default `'safetensors'`. */
  readonly format?: 'safetensors' | 'torch';
  /** The length of the file in bytes; null if it is recorded at the first download. */
  readonly size?: number | null;
  /** The checksum of the file, in hex; null if it is recorded at the first download. */
  readonly sha256: string | null;
  /** The first digits of the checksum, where no more of it is published. */
  readonly sha256Begins?: string;
  /** The licence of the weights, as SPDX names it. */
  readonly licence: string;
  /** Where they come from: the training script, or the page to download from. */
  readonly source: string;
}
