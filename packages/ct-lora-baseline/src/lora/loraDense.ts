/**
 * A Dense layer with a low-rank change: y = act(x·(W + s·A·B) + b), A `[in, r]`, B `[r, out]`, W and b frozen.
 */
import type { Reseedable } from '@curvature-tuning/layers/training';
import { finish, isRecording } from '@curvature-tuning/layers/training';
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { add, dropout, matMul, mul, reshape, serialization, tidy } from '@tensorflow/tfjs-core';
import { withKernel } from './lowRank.js';
import type { LinearPath } from './lowRankGradient.js';
import { changedLinear } from './lowRankGradient.js';
import { Dense } from './stockLayer.js';
import type { LowRankLayerClass } from './withLowRank.js';
import { withLowRank } from './withLowRank.js';

const LowRankDense: LowRankLayerClass = withLowRank(Dense, {
  kernel: 'kernel',
  factors: ([inputs, outputs], rank) => ({ a: [inputs!, rank], outputs: outputs! }),
});

/** The layer that `applyLora` puts in place of Dense. Its class name in saved models is `LoraDense`. */
export class LoraDense extends LowRankDense implements Reseedable {
  /** @nocollapse */
  static override readonly className: string = 'LoraDense';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
    return tidy(() => {
      if (!isRecording())
        return withKernel(this, 'kernel', this.lora.effectiveKernel(), () => super.call(inputs, kwargs));
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const rows = reshape<Rank.R2>(x, [-1, x.shape.at(-1)!]);
      const y = this.lora.drops(kwargs) ? this.dropped(rows) : this.changed(rows);
      return finish(this, reshape(y, [...x.shape.slice(0, -1), y.shape.at(-1)!]));
    });
  }

  /** Takes the seed of the next dropout. */
  reseed(seed: number): void {
    this.lora.seed = seed;
  }

  private changed(x: Tensor2D): Tensor {
    const { lora } = this;
    if (lora.merged) return matMul(x, this.kernel.read() as Tensor2D);
    return changedLinear(x, lora, PATH);
  }

  /** The two paths apart, for they see different inputs. */
  private dropped(x: Tensor2D): Tensor {
    const { lora } = this;
    const kept = dropout(x, lora.dropout, undefined, lora.seed) as Tensor2D;
    return add(
      matMul(x, this.kernel.read() as Tensor2D),
      mul(matMul(matMul(kept, lora.a as Tensor2D), lora.b), lora.scale),
    );
  }
}

const PATH: LinearPath = {
  forward: (x, kernel) => matMul(x as Tensor2D, kernel as Tensor2D),
  features: (x, a) => matMul(x as Tensor2D, a as Tensor2D),
  backward: (dy, kernel) => matMul(dy as Tensor2D, kernel as Tensor2D, false, true),
  factorGradient: (x, dy) => matMul(x as Tensor2D, dy as Tensor2D, true),
};

serialization.registerClass(LoraDense);
