/**
 * A DepthwiseConv2D layer with a low-rank change: the kernel is W + s·reshape(A·B), A `[height, width, r]`, B
 * `[r, channels·multiplier]`, as PyTorch's grouped convolution with one channel a group has it; W and bias frozen.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { serialization, tidy } from '@tensorflow/tfjs-core';
import { withKernel } from './lowRank.js';
import { DepthwiseConv2D } from './stockLayer.js';
import type { LowRankLayerClass } from './withLowRank.js';
import { withLowRank } from './withLowRank.js';

const LowRankDepthwiseConv2D: LowRankLayerClass = withLowRank(DepthwiseConv2D, {
  kernel: 'depthwiseKernel',
  factors: ([height, width, channels, multiplier], rank) => ({
    a: [height!, width!, rank],
    outputs: channels! * multiplier!,
  }),
});

/**
 * The layer that `applyLora` puts in place of DepthwiseConv2D. Its class name in saved models is `LoraDepthwiseConv2D`.
 *
 * Each channel has a filter of its own, so that a path of r channels would take as many filters again: the gradient
 * goes through the changed kernel, which is no larger. Dropout has no path to act on and is refused.
 */
export class LoraDepthwiseConv2D extends LowRankDepthwiseConv2D {
  /** @nocollapse */
  static override readonly className: string = 'LoraDepthwiseConv2D';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
    return tidy(() =>
      withKernel(this, 'depthwiseKernel', this.lora.effectiveKernel(), () => super.call(inputs, kwargs)),
    );
  }
}

serialization.registerClass(LoraDepthwiseConv2D);
