/**
 * The linear probe: a fresh linear head on the features of a frozen network.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, options } from '@curvature-tuning/checks';
import type { Examples } from '@curvature-tuning/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { explainingExhaustion } from '../host/exhaustion.js';
import type { FittedHead } from './fitHeads.js';
import { examples } from '../examples/gatherExamples.js';
import type { Adapted } from '../model/adapted.js';
import { layersModel } from '../model/modelKind.js';
import { ProbeProgress } from './probeProgress.js';
import type { LinearProbeOptions } from './probeRun.js';
import { linearProbeOptionEntries, ProbeRun } from './probeRun.js';
import { copyModel } from '../copy/rebuild.js';
import { rethrow } from '../host/rethrow.js';

/** What `linearProbe` gives; its history has an entry for each epoch of `'adam'`, one for the minimum of `'lbfgs'`. */
export type LinearProbeResult = Adapted;

export const linearProbeArguments: Entries<{
  model: LayersModel;
  train: Examples;
  validation: Examples;
  options: LinearProbeOptions;
}> = {
  model: layersModel,
  train: examples,
  validation: examples,
  options: options<LinearProbeOptions>(linearProbeOptionEntries),
};

/**
 * Trains a linear head on the frozen network's features.
 *
 *     const { classifier, validationAccuracy } = await linearProbe(model, train, validation);
 *
 * Features are extracted once, in inference mode, and the head is trained to the optimum of a convex loss. The model is
 * copied (sharing its weights) and stays as it is.
 *
 * @throws Error on examples that do not fit the model, see `Examples`.
 * Source: arXiv 2502.07783, section 4; with `protocol: 'paper'` the authors' `linear_probe`, but for one detail: an
 * accuracy of 0 in every epoch is an answer here and a crash there.
 */
export async function linearProbe(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  options: LinearProbeOptions = {},
): Promise<LinearProbeResult> {
  check('linearProbe', linearProbeArguments, { model, train, validation, options });
  const progress = new ProbeProgress('probe', options.onProgress);
  const run = await ProbeRun.start('linearProbe', copyModel(model), { train, validation }, { ...options, progress });
  try {
    return await explainingExhaustion('linearProbe', async () => {
      progress.plan(run.passes.features + 1);
      const sets = await run.extract();
      const [fitted] = (await run.fit([sets]).finally(() => sets.forEach(({ features }) => features.dispose()))) as [
        FittedHead,
      ];
      const { weights, ...validated } = fitted;
      return { ...run.finish(weights), ...validated };
    });
  } catch (error) {
    return rethrow(error, () => run.abandon());
  }
}
