/**
 * The networks of the small twins: the bundled one, and small ones that are trained here, as pure functions of their
 * names. What was trained is kept in the folder that `CT_EVIDENCE_CACHE` names, and made again where it is not there.
 */
import { readIfPresent, writeOnce } from '@curvature-tuning/files/node';
import { loadPretrained, resnet14, resnet20, resnet8 } from '@curvature-tuning/models';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTwin } from './data.js';
import { fitFromScratch } from './fitFromScratch.js';
import { geluNet } from './geluNet.js';

const GREY = { inputShape: [28, 28, 1], stemStride: 2 } as const;
/** Architectures for grey images of 28 × 28 pixels. */
const ARCHITECTURES: Record<string, (seed: number) => tf.LayersModel> = {
  resnet8: (seed) => resnet8({ ...GREY, seed }),
  resnet14: (seed) => resnet14({ ...GREY, seed }),
  resnet20: (seed) => resnet20({ ...GREY, seed }),
  gelu: geluNet,
};
/** Of the networks that transfers begin from: a choice, like the data they saw. */
const SEED = 7;
const BATCH = 64;

/** A network as it is built, with random weights. */
export function architecture(name: string, seed: number): tf.LayersModel {
  const build = ARCHITECTURES[name];
  if (build === undefined)
    throw new RangeError(`network: must be among ${Object.keys(ARCHITECTURES).join(', ')}, got "${name}"`);
  return build(seed);
}

/**
 * A trained network: `resnet14.mnist`, or `resnet8:fashion-mnist-sample:6`, an architecture trained from scratch on a
 * bundled set for so many epochs.
 */
export async function trainedNetwork(name: string): Promise<tf.LayersModel> {
  if (!name.includes(':')) return loadPretrained(name);
  const [of, data, epochs] = name.split(':') as [string, string, string];
  const model = architecture(of, SEED);
  const path = join(
    process.env['CT_EVIDENCE_CACHE'] ?? join(tmpdir(), 'ct-evidence'),
    `${name.replaceAll(':', '-')}.safetensors`,
  );
  const kept = await readIfPresent(path);
  if (kept !== undefined) {
    const { tensors } = parseSafetensors(kept);
    const weights = model.weights.map(({ shape }, i) =>
      tf.tensor(toFloat32(tensors.get(String(i))!), shape as number[]),
    );
    model.setWeights(weights);
    tf.dispose(weights);
    return model;
  }
  const { train, dispose } = await loadTwin(data, { seed: 42 });
  await fitFromScratch(model, train, { epochs: Number(epochs), batchSize: BATCH, seed: SEED });
  dispose();
  const entries = await Promise.all(
    model.getWeights().map(async (tensor, i) => {
      const values = (await tensor.data()) as Float32Array;
      return [String(i), { dtype: 'F32' as const, shape: tensor.shape, data: values }] as const;
    }),
  );
  // Two cells may train the same network at once; the first to end is taken by all that begin after.
  await writeOnce(path, serializeSafetensors(entries));
  return model;
}
