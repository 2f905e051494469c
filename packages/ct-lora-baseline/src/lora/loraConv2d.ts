/**
 * A Conv2D layer with a low-rank change: the kernel is W + s·reshape(A·B), A `[height, width, in, r]`, B `[r, out]`, W
 * and bias frozen. It is the convolution with A to r channels followed by the 1x1 convolution with B.
 */
import type { Reseedable } from '@curvature-tuning/layers/training';
import { finish, isRecording } from '@curvature-tuning/layers/training';
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  conv2d,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  dropout,
  engine,
  matMul,
  mul,
  reshape,
  serialization,
  tidy,
} from '@tensorflow/tfjs-core';
import { spread, unspread } from './dilation.js';
import { withKernel } from './lowRank.js';
import type { LinearPath } from './lowRankGradient.js';
import { changedLinear } from './lowRankGradient.js';
import { Conv2D } from './stockLayer.js';
import { isCheaper, tapByTap, tapByTapGradient } from './tapByTap.js';
import type { LowRankLayerClass } from './withLowRank.js';
import { withLowRank } from './withLowRank.js';

const LowRankConv2D: LowRankLayerClass = withLowRank(Conv2D, {
  kernel: 'kernel',
  factors: ([height, width, inputs, outputs], rank) => ({ a: [height!, width!, inputs!, rank], outputs: outputs! }),
});

/** The layer that `applyLora` puts in place of Conv2D. Its class name in saved models is `LoraConv2D`. */
export class LoraConv2D extends LowRankConv2D implements Reseedable {
  /** @nocollapse */
  static override readonly className: string = 'LoraConv2D';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
    return tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D;
      if (!isRecording()) {
        // tfjs takes no stride together with a dilation; zeros in the filter do.
        const isPlain = this.dilationRate.every((rate) => rate === 1);
        const kernel = this.lora.effectiveKernel();
        return isPlain
          ? withKernel(this, 'kernel', kernel, () => super.call(inputs, kwargs))
          : finish(this, this.convolve(x, kernel));
      }
      const y = this.lora.drops(kwargs) ? this.dropped(x) : this.changed(x);
      return finish(this, y);
    });
  }

  /** Takes the seed of the next dropout. */
  reseed(seed: number): void {
    this.lora.seed = seed;
  }

  private changed(x: Tensor4D): Tensor {
    const { lora } = this;
    if (lora.merged) return this.convolve(x, this.kernel.read());
    return changedLinear(x, lora, this.path());
  }

  private path(): LinearPath {
    const { strides, padding: pad, dilationRate } = this;
    const attributes = { strides, pad, dataFormat: 'NHWC' };
    const forward = (x: Tensor, kernel: Tensor): Tensor => this.convolve(x as Tensor4D, kernel);
    const backward = (dy: Tensor, kernel: Tensor, inputShape: number[]): Tensor =>
      engine().runKernel(
        Conv2DBackpropInput,
        { dy, filter: spread(kernel as Tensor4D, dilationRate) },
        { ...attributes, inputShape },
      );
    return {
      forward,
      features: (x, a) => (isCheaper(a.shape) ? tapByTap(x, a as Tensor4D, forward) : forward(x, a)),
      backward: (dy, kernel, x) => backward(dy, kernel, x.shape),
      factorGradient: (x, dy, a) => {
        if (isCheaper(a.shape)) return tapByTapGradient(x, dy, a as Tensor4D, backward);
        const filterShape = spread(a as Tensor4D, dilationRate).shape;
        return unspread(
          engine().runKernel(Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape }),
          dilationRate,
        );
      },
    };
  }

  /** The two paths apart, for they see different inputs. */
  private dropped(x: Tensor4D): Tensor {
    const { lora } = this;
    const h = this.convolve(dropout(x, lora.dropout, undefined, lora.seed) as Tensor4D, lora.a);
    const change = mul(matMul(reshape<Rank.R2>(h, [-1, lora.rank]), lora.b), lora.scale);
    const y = this.convolve(x, this.kernel.read());
    return add(y, reshape(change, y.shape));
  }

  /** With dilation as zeros in the filter: tfjs does not differentiate dilated convolutions. */
  private convolve(x: Tensor4D, kernel: Tensor): Tensor4D {
    return conv2d(x, spread(kernel as Tensor4D, this.dilationRate), this.strides, this.padding);
  }
}

serialization.registerClass(LoraConv2D);
