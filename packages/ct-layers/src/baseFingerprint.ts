/**
 * Tells whether an adapter meets the network it was made for.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { shared } from './copies.js';
import { CTActivation } from './ctActivation.js';
import { headOf } from './headOf.js';
import { leafLayers } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { nameOf } from './weightName.js';

const known = shared('fingerprints', () => new WeakMap<LayersModel, string>());

/**
 * A fingerprint, as 16 hexadecimal digits, of what adapters do not change: names, shapes and values of all weights but
 * those of CT layers, of normalisation layers and of the head.
 *
 * It guards against mistakes, not against forgery: a 64-bit hash (two lanes of multiply and xor-shift).
 */
export async function baseFingerprint(model: LayersModel): Promise<string> {
  checkLayersModel('baseFingerprint', model);
  const remembered = known.get(model);
  if (remembered !== undefined) return remembered;
  const hash = new Hash();
  const head = headOf(model);
  for (const { path, layer } of leafLayers(model)) {
    if (layer === head || layer instanceof CTActivation || /Normalization$/.test(layer.getClassName())) continue;
    // A layer that runs a GraphModel says itself which tensors are the network's.
    const { frozenWeights } = layer as { frozenWeights?: ReadonlyMap<string, Tensor> };
    const weights = frozenWeights ? [...frozenWeights] : layer.weights.map((weight) => [nameOf(weight), weight.read()] as const);
    for (const [name, weight] of weights) {
      hash.text(`${path}/${name}[${weight.shape.join()}]`);
      hash.words(new Uint32Array(Float32Array.from(await weight.data()).buffer));
    }
  }
  const fingerprint = hash.digest();
  known.set(model, fingerprint);
  return fingerprint;
}

/** Lets a model that was made from another, and whose weights may have been trained, have the other's fingerprint. */
export function inheritFingerprint(model: LayersModel, fingerprint: string): void {
  known.set(model, fingerprint);
}

class Hash {
  private a = 0x243f6a88;
  private b = 0x85a308d3;

  text(text: string): void {
    this.words(Uint32Array.from(text, (character) => character.codePointAt(0)!));
  }

  words(words: Uint32Array): void {
    let { a, b } = this;
    for (const word of words) {
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0xc2b2ae35);
      b ^= (b >>> 13) ^ a;
    }
    [this.a, this.b] = [a, b];
  }

  digest(): string {
    return [this.a, this.b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
