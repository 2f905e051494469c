/**
 * A model with a head for other classes, to write what somebody trained into.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check } from '@curvature-tuning/checks';
import type { Rank } from '@tensorflow/tfjs-core';
import { zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { callingModels, copyModel } from '../copy/rebuild.js';
import { classCount } from '../examples/gatherExamples.js';
import { exposeFeatures, findFeatures } from '../model/features.js';
import { layersModel } from '../model/modelKind.js';
import { attachHead } from './classifierHead.js';

export const withNewHeadArguments: Entries<{ model: LayersModel; classes: number }> = {
  model: layersModel,
  classes: classCount,
};

/**
 * A copy of a model whose head is replaced by one of zeros for `classes` classes: layers and names are those that
 * `fitClassifier` and `tuneLora` make, so that what was saved of theirs has its place.
 *
 *     const { model: tuned } = applyLoraAdapter(withNewHead(base, 3), loadLora(bytes, config));
 *
 * The caller disposes of it; the model stays as it is.
 *
 * @throws Error where the features of the model are not clear, or have no fixed size.
 */
export function withNewHead(model: LayersModel, classes: number): LayersModel {
  check('withNewHead', withNewHeadArguments, { model, classes });
  const copy = callingModels(copyModel(model));
  const features = exposeFeatures(findFeatures('withNewHead', copy));
  const size = features.shape.slice(1).reduce<number>((product, side) => product * (side ?? NaN), 1);
  if (!Number.isFinite(size)) {
    copy.dispose();
    throw new Error(
      `withNewHead: the features of "${model.name}" have no fixed size: [${features.shape.join(', ')}]; give the ` +
        'model a full input shape, or pool first',
    );
  }
  const weights = zeros<Rank.R2>([size + 1, classes]);
  try {
    return attachHead(copy, { features, weights, suffix: 'tuned', meta: {} }).classifier;
  } finally {
    weights.dispose();
  }
}
