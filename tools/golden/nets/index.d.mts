import type * as tf from '@tensorflow/tfjs-core';

export interface GoldenNet {
  (images: tf.Tensor): tf.Tensor;
  /** PyTorch's logits of the 200 test images. */
  logits: Float32Array;
  dispose(): void;
}

export function loadGoldenNet(
  tfjs: typeof tf,
  name: 'nat' | 'adv',
  activation?: (x: tf.Tensor) => tf.Tensor,
): GoldenNet;
export function loadGoldenImages(tfjs: typeof tf, count?: number): { images: tf.Tensor4D; labels: Int32Array };
