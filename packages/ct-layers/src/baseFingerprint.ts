/**
 * Tells whether an adapter meets the network it was made for.
 */
import { Digest, hashOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { shared } from './copies.js';
import { CTActivation } from './ctActivation.js';
import { locateHead } from './headOf.js';
import { leafLayers } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { nameOf, weightsByName } from './weightName.js';

/** What weights were before training or an adapter changed them. */
const originals = shared('originalWeights', () => new WeakMap<LayerVariable, Tensor | string>());

/**
 * A fingerprint, as 16 hexadecimal digits, of what adapters do not change: names, shapes and values of all weights but
 * those of CT layers, of normalisation layers and of the head, as they are now. Weights that `tune` trained, or that an
 * active adapter holds, count as they were before: adapters carry what became of them.
 *
 * It guards against mistakes: the first 64 bits of a SHA-256.
 */
export async function baseFingerprint(model: LayersModel): Promise<string> {
  checkLayersModel('baseFingerprint', model);
  const digest = new Digest();
  const head = locateHead(model)?.layer;
  for (const { path, layer } of leafLayers(model)) {
    if (layer === head || layer instanceof CTActivation || /Normalization$/.test(layer.getClassName())) continue;
    // A layer that runs a GraphModel says itself which tensors are the network's.
    const { frozenWeights } = layer as { frozenWeights?: ReadonlyMap<string, Tensor> };
    if (frozenWeights !== undefined) for (const [name, weight] of frozenWeights) digest.json([`${path}/${name}`, weight.shape]).text(await valueHash(weight));
    else for (const weight of weightsByName(layer)) digest.json([`${path}/${nameOf(weight)}`, weight.shape]).text(await originalHash(weight));
  }
  return digest.hex().slice(0, 16);
}

/** The hash of each weight of a model, by the variable, before they are trained. */
export async function weightHashes(model: LayersModel): Promise<Map<LayerVariable, string>> {
  const hashes = new Map<LayerVariable, string>();
  for (const { layer } of leafLayers(model)) for (const weight of layer.weights) hashes.set(weight, await originalHash(weight));
  return hashes;
}

/** Notes what a weight was before it was changed: its value, or the hash of it. The tensor stays the caller's, and alive until forgotten. */
export function rememberOriginal(weight: LayerVariable, original: Tensor | string): void {
  if (!originals.has(weight)) originals.set(weight, original);
}

/** Forgets a tensor that was noted as the original of a weight. */
export function forgetOriginal(weight: LayerVariable, original: Tensor): void {
  if (originals.get(weight) === original) originals.delete(weight);
}

async function originalHash(weight: LayerVariable): Promise<string> {
  const original = originals.get(weight) ?? weight.read();
  return typeof original === 'string' ? original : valueHash(original);
}

async function valueHash(value: Tensor): Promise<string> {
  return hashOf(Float32Array.from(await value.data()));
}
