/**
 * A frozen network and its examples, ready to fit heads on: what the linear probe and steering share.
 */
import type { Examples } from '@curvature-tuning/datasets';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { model as functional } from '@tensorflow/tfjs-layers';
import { attachHead } from './classifierHead.js';
import { extractFeatures, featureTensor } from './features.js';
import type { FeatureSet, FittedHead, ProbeOptions } from './head.js';
import { fitHead } from './head.js';
import type { Labelled } from './labelled.js';
import { gather } from './labelled.js';

/** How the features are made, and how the head on them is trained. */
export interface LinearProbeOptions extends ProbeOptions {
  /** Name of the layer whose output, flattened, is the feature vector. Default: the input of the last Dense layer. */
  features?: string;
  /** Number of classes. Default: the largest label + 1. */
  classes?: number;
  /** Images that go through the network at a time. Default 100. */
  evaluationBatchSize?: number;
}

/** A network with a new head. */
export interface Probed {
  /** The frozen network and its new head, from images to logits. */
  classifier: LayersModel;
  /** The head, the classifier's last layer: Dense, linear, `[features, classes]` and `[classes]`. */
  head: layersNamespace.Layer;
  /** Share of the validation examples that are classified correctly, in [0, 1]. */
  validationAccuracy: number;
  /** Frees the classifier; the caller's model is not touched. */
  dispose: () => void;
}

interface Parts {
  model: LayersModel;
  features: SymbolicTensor;
  /** From images to `features`. */
  extractor: LayersModel;
  train: Labelled;
  validation: Labelled;
  classes: number;
  options: LinearProbeOptions;
}

/**
 * One run over a model and its examples. It ends with either `finish` or `abandon`, which free everything but the classifier.
 */
export class ProbeRun {
  private readonly parts: Parts;

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  /** @param model A model that this run owns from now on, whatever happens. */
  static async start(caller: string, model: LayersModel, train: Examples, validation: Examples, options: LinearProbeOptions): Promise<ProbeRun> {
    const gathered: Labelled[] = [];
    try {
      const features = featureTensor(caller, model, options.features);
      const inputShape = model.inputs[0]!.shape;
      for (const [name, examples] of Object.entries({ train, validation })) gathered.push(await gather(`${caller}: ${name}`, examples, inputShape));
      const largest = Math.max(...gathered.map(({ labels }) => labels.reduce((a, b) => Math.max(a, b), 0)));
      const classes = options.classes ?? largest + 1;
      if (largest >= classes) throw new RangeError(`${caller}: labels must lie below {classes: ${classes}}, got ${largest}`);
      const extractor = functional({ inputs: model.inputs, outputs: features });
      return new ProbeRun({ model, features, extractor, train: gathered[0]!, validation: gathered[1]!, classes, options });
    } catch (error) {
      gathered.forEach((split) => split.dispose());
      model.dispose();
      throw error;
    }
  }

  /** Extracts the features of the model as it is now and fits a head to them. */
  async fit(): Promise<FittedHead> {
    const { extractor, train, validation, classes, options } = this.parts;
    const { evaluationBatchSize = 100, signal } = options;
    const extracted: FeatureSet[] = [];
    try {
      for (const { images, labels } of [train, validation]) {
        extracted.push({ features: await extractFeatures(extractor, images, evaluationBatchSize, signal), labels });
      }
      return await fitHead(extracted[0]!, extracted[1]!, classes, options);
    } finally {
      extracted.forEach(({ features }) => features.dispose());
    }
  }

  /** Makes the classifier from a head's weights, and frees those and all else. */
  finish(weights: Tensor2D): Omit<Probed, 'validationAccuracy'> {
    const { classifier, head } = attachHead(this.parts.model, this.parts.features, weights, 'probed');
    this.freeExamples(weights);
    return { classifier, head, dispose: () => void classifier.dispose() };
  }

  /** Frees everything. */
  abandon(weights?: Tensor2D): void {
    this.parts.model.dispose();
    this.freeExamples(weights);
  }

  private freeExamples(weights?: Tensor2D): void {
    weights?.dispose();
    this.parts.train.dispose();
    this.parts.validation.dispose();
  }
}
