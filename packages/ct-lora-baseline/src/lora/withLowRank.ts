/**
 * What the LoRA layers have in common: a stock layer whose arguments and configuration have a low-rank change in them.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { LowRankArgs } from './lowRank.js';
import { checkedLowRank, LowRank } from './lowRank.js';
import type { KernelLayer, KernelLayerClass } from './stockLayer.js';

/** A stock layer with a low-rank change. */
export interface LowRankLayer extends KernelLayer {
  /** The low-rank change. */
  readonly lora: LowRank;
}

/** The constructor of a stock layer with a low-rank change. */
export interface LowRankLayerClass extends Omit<KernelLayerClass, 'new'> {
  new (args: LowRankArgs): LowRankLayer;
}

/** Where a class of stock layers has its kernel, and how that is divided into factors. */
export interface Factored {
  kernel: 'kernel' | 'depthwiseKernel';
  /** The shape of A, and the columns of B, of a kernel of a shape. */
  factors: (kernelShape: readonly number[], rank: number) => { a: number[]; outputs: number };
}

/** A class that extends a stock layer's by a low-rank change, which classes of layers extend to call it. */
export function withLowRank(Base: KernelLayerClass, { kernel: field, factors }: Factored): LowRankLayerClass {
  return class extends Base {
    readonly lora: LowRank;

    constructor(args: LowRankArgs) {
      super(checkedLowRank(new.target.className, args) as never);
      this.lora = new LowRank(args);
    }

    override build(inputShape: Shape | Shape[]): void {
      super.build(inputShape);
      const kernel = this[field];
      const { a, outputs } = factors(kernel.shape as number[], this.lora.rank);
      this.lora.build(this, kernel, a, outputs);
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...this.lora.getConfig() };
    }
  };
}
