/**
 * A and B of a LoRA layer in PyTorch's layout, both ways.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { reshape, transpose } from '@tensorflow/tfjs-core';
import type { LoraLayer } from '../lora/loraSite.js';
import { stockClassOf } from '../lora/loraSite.js';

/** A and B of a layer in PyTorch's layout. */
export function factorsToTorch(layer: LoraLayer): [Tensor, Tensor] {
  const { a, b, rank } = layer.lora;
  const outputs = b.shape[1];
  switch (stockClassOf(layer)) {
    case 'Dense':
      return [transpose(a), transpose(b)];
    case 'Conv2D':
      return [transpose(a, [3, 2, 0, 1]), reshape(transpose(b), [outputs, rank, 1, 1])];
    case 'DepthwiseConv2D':
      return [
        reshape(transpose(a, [2, 0, 1]), [rank, 1, a.shape[0], a.shape[1]!]),
        reshape(transpose(b), [outputs, rank, 1, 1]),
      ];
  }
}

/** A or B, in PyTorch's layout, as a layer has it. */
export function factorFromTorch(value: Tensor, factor: 'A' | 'B', layer: LoraLayer): Tensor {
  const [first, second, height, width] = value.shape as [number, number, number, number];
  const className = stockClassOf(layer);
  if (className === 'Dense') return transpose(value);
  if (factor === 'B') return transpose(reshape(value, [first, second]));
  return className === 'Conv2D'
    ? transpose(value, [2, 3, 1, 0])
    : transpose(reshape(value, [first, height, width]), [1, 2, 0]);
}
