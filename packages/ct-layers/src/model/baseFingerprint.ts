/**
 * Tells whether an adapter meets the network it was made for.
 */
import { Digest, hashOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { CTActivation } from '../unit/ctActivation.js';
import { frozenWeightsOf } from '../unit/unitHolder.js';
import { locateHead } from './headOf.js';
import { leafLayers } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { trainedBeside } from './trainedBeside.js';
import { weightName, weightsByName } from './weightName.js';

/**
 * A fingerprint, as 16 hexadecimal digits, of what adapters do not change: names, shapes and values of all weights but
 * those of CT layers, of normalisation layers and of the head, as they are now. Weights that `tune` trained, or that an
 * adapter on the model holds, count as they were before, for copies and loaded models too: adapters carry what became
 * of them.
 *
 * It guards against mistakes: the first 64 bits of a SHA-256.
 *
 * @throws Error when something was trained, and the model lost the metadata that say what.
 */
export async function baseFingerprint(model: LayersModel): Promise<string> {
  checkLayersModel('baseFingerprint', model);
  const digest = new Digest();
  const head = locateHead(model)?.layer;
  const trained = trainedBeside('baseFingerprint', model);
  for (const { path, layer } of leafLayers(model)) {
    if (layer === head || layer instanceof CTActivation || /Normalization$/.test(layer.getClassName())) continue;
    // A layer that runs a GraphModel says itself which tensors are the network's.
    const frozenWeights = frozenWeightsOf(layer);
    if (frozenWeights !== undefined)
      for (const [name, weight] of frozenWeights)
        // Without the layer's name, which tfjs numbers anew in each process.
        digest.json([name, weight.shape]).text(await valueHash(weight));
    else {
      for (const weight of weightsByName(layer)) {
        const name = `${path}/${weightName(weight)}`;
        digest.json([name, weight.shape]).text(trained.get(name) ?? (await valueHash(weight.read())));
      }
    }
  }
  return digest.hex().slice(0, 16);
}

/** The hashes of some weights of a model, by their names in adapters, as they are in its base network. */
export async function originalHashes(
  caller: string,
  model: LayersModel,
  weights: Iterable<readonly [string, LayerVariable]>,
): Promise<Map<string, string>> {
  const trained = trainedBeside(caller, model);
  const hashes = new Map<string, string>();
  for (const [name, weight] of weights) hashes.set(name, trained.get(name) ?? (await valueHash(weight.read())));
  return hashes;
}

async function valueHash(value: Tensor): Promise<string> {
  return hashOf(Float32Array.from(await value.data()));
}
