/**
 * The reference's recipe for networks from scratch: SGD 0.1, momentum 0.9, weight decay 5e-4, the rate times 0.2 after
 * 30, 60 and 80 % of the epochs (its milestones 60, 120 and 160 of 200). Source: train.py of the authors' code.
 */
import { readIfPresent, replaceFile } from '@curvature-tuning/files/node';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { join } from 'node:path';
import { permutation, randomNumbers } from './random.js';

/** How a network is trained. */
export interface Recipe {
  epochs: number;
  batchSize: number;
  seed: number;
}

/** Labelled images in memory. */
export interface Images {
  images: tf.Tensor;
  labels: tf.Tensor1D;
}

/** Labelled images that are read when a step wants them; in each epoch they may differ. */
export interface ImageSource {
  length: number;
  /** Those of some places, in an epoch; the caller disposes of them. */
  batch: (indices: Int32Array, epoch: number) => Promise<Images>;
}

const RATE = 0.1;
const MOMENTUM = 0.9;
const DECAY = 5e-4;
const MILESTONES = [0.3, 0.6, 0.8];

/** The rate of an epoch: RATE · 0.2^(milestones passed). */
export function rateOf(epoch: number, epochs: number): number {
  return RATE * 0.2 ** MILESTONES.filter((share) => epoch >= Math.ceil(share * epochs)).length;
}

/**
 * Trains a model as it is; it goes on from the last epoch that `folder` has.
 *
 *     v ← 0.9 v + ∇(cross entropy) + 5e-4 w,   w ← w − rate · v
 *
 * @param folder Where the state is kept after every epoch.
 * @returns Mean training loss of each epoch.
 */
export async function fitFromScratch(
  model: tf.LayersModel,
  data: Images | ImageSource,
  recipe: Recipe,
  { folder, onProgress }: { folder?: string | undefined; onProgress?: ((share: number) => void) | undefined } = {},
): Promise<number[]> {
  const { epochs, batchSize, seed } = recipe;
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const velocities = weights.map((weight) => tf.variable(tf.zerosLike(weight), false));
  const losses = folder === undefined ? [] : await restore(join(folder, 'epoch.safetensors'), model, velocities);
  const source = 'batch' in data ? data : sourceOf(data);
  const n = source.length;
  for (let epoch = losses.length; epoch < epochs; epoch++) {
    // Each epoch has its own order, wherever training began.
    const order = permutation(n, randomNumbers(seed * 1000 + epoch));
    const rate = rateOf(epoch, epochs);
    let sum = 0;
    let steps = 0;
    for (let at = 0; at + batchSize <= n; at += batchSize) {
      const batch = await source.batch(order.subarray(at, at + batchSize), epoch);
      sum += step(model, { weights, velocities }, batch, rate);
      steps++;
      onProgress?.((epoch + (at + batchSize) / n) / epochs);
    }
    losses.push(Number((sum / steps).toPrecision(7)));
    if (folder !== undefined)
      await save(join(folder, 'epoch.safetensors'), losses, [...model.getWeights(), ...velocities]);
  }
  velocities.forEach((velocity) => velocity.dispose());
  return losses;
}

function sourceOf({ images, labels }: Images): ImageSource {
  const batch = (indices: Int32Array): Images =>
    tf.tidy(() => {
      const at = tf.tensor1d(indices, 'int32');
      return { images: tf.gather(images, at), labels: tf.gather(labels, at) };
    });
  return { length: images.shape[0], batch: (indices) => Promise.resolve(batch(indices)) };
}

function step(
  model: tf.LayersModel,
  { weights, velocities }: { weights: tf.Variable[]; velocities: tf.Variable[] },
  { images, labels }: Images,
  rate: number,
): number {
  const classes = model.outputs[0]!.shape.at(-1)!;
  const loss = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(images, { training: true }) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(tf.oneHot(labels.toInt(), classes), logits).asScalar();
    }, weights);
    weights.forEach((weight, i) => {
      const velocity = velocities[i]!;
      velocity.assign(velocity.mul(MOMENTUM).add(grads[weight.name]!).add(weight.mul(DECAY)));
      weight.assign(weight.sub(velocity.mul(rate)));
    });
    return value.dataSync()[0]!;
  });
  tf.dispose([images, labels]);
  return loss;
}

async function save(path: string, losses: readonly number[], tensors: readonly tf.Tensor[]): Promise<void> {
  const entries = await Promise.all(
    [tf.tensor1d([...losses]), ...tensors].map(
      async (tensor, i) =>
        [
          String(i),
          { dtype: 'F32' as const, shape: tensor.shape, data: (await tensor.data()) as Float32Array },
        ] as const,
    ),
  );
  await replaceFile(path, serializeSafetensors(entries));
}

/** Takes up the state of a file, where there is one; the losses so far. */
async function restore(path: string, model: tf.LayersModel, velocities: readonly tf.Variable[]): Promise<number[]> {
  const bytes = await readIfPresent(path);
  if (bytes === undefined) return [];
  const { tensors } = parseSafetensors(bytes);
  const all = [...Array(tensors.size).keys()].map((i) => {
    const tensor = tensors.get(String(i))!;
    return tf.tensor(toFloat32(tensor), [...tensor.shape]);
  });
  const [losses, ...rest] = all;
  const count = model.getWeights().length;
  model.setWeights(rest.slice(0, count));
  velocities.forEach((velocity, i) => velocity.assign(rest[count + i]!));
  const values = Array.from(await losses!.data(), (value) => Number(value.toPrecision(7)));
  tf.dispose(all);
  return values;
}
