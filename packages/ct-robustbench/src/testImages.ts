/**
 * Takes the images of an evaluation from a larger set, and scores the clean ones.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from './attackedModel.js';
import { AttackedModel } from './attackedModel.js';
import { hashValues } from './hashValues.js';
import { predictedClass } from './losses.js';
import { readImages } from './readImages.js';

/** The first `n` images and labels; the caller disposes of the images. */
export async function firstImages(images: tf.Tensor4D, labels: tf.Tensor | ArrayLike<number>, n: number): Promise<{ images: tf.Tensor4D; labels: Int32Array }> {
  const values = Int32Array.from('dataSync' in labels ? await labels.data() : labels);
  return { images: tf.slice(images, 0, n), labels: values.slice(0, n) };
}

/** Share of right classifications, in batches of 250. */
export async function cleanAccuracy(caller: string, model: Model, images: tf.Tensor, labels: tf.Tensor | ArrayLike<number>): Promise<{ accuracy: number; dataHash: string }> {
  const read = await readImages(caller, images, labels);
  const attacked = new AttackedModel(model, read.shape);
  let right = 0;
  for (let first = 0; first < read.count; first += 250) {
    const count = Math.min(250, read.count - first);
    const { data, classes } = await attacked.logits(read.data.subarray(first * read.size, (first + count) * read.size), count);
    for (let i = 0; i < count; i++) if (predictedClass(data, i * classes, classes) === read.labels[first + i]) right++;
  }
  return { accuracy: right / read.count, dataHash: hashValues(read.data, read.labels) };
}
