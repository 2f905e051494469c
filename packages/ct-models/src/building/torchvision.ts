/**
 * What all weights have in common that torchvision publishes.
 */

import type { PretrainedWeights } from './family.js';

/** The facts that do not differ from one network to the next; `source` says where torchvision lists them. */
export const TORCHVISION: Omit<PretrainedWeights, 'build' | 'accuracy' | 'source'> = {
  inputShape: [224, 224, 3],
  classes: 1000,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  cropPct: 224 / 256,
  testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 256',
  bytes: null,
  size: null,
  sha256: null,
  licence: 'BSD-3-Clause',
};

/**
 * Where torchvision has a file, that it is PyTorch's own, and how its checksum begins.
 *
 * @param file As torchvision names it: behind the dash the first eight digits of its SHA-256.
 */
export function torchvisionFile(file: string): Pick<PretrainedWeights, 'urls' | 'format' | 'source' | 'sha256Begins'> {
  const url = `https://download.pytorch.org/models/${file}`;
  return { urls: [url], format: 'torch', source: url, sha256Begins: /-([\da-f]{8})\.pth$/.exec(file)![1]! };
}
