/**
 * What the LoRA layers have in common: a stock layer whose arguments and configuration have a low-rank change in them.
 */
import type { serialization } from '@tensorflow/tfjs-core';
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

/** A class that extends a stock layer's by a low-rank change, which classes of layers extend to build and call it. */
export function withLowRank(Base: KernelLayerClass): LowRankLayerClass {
  return class extends Base {
    readonly lora: LowRank;

    constructor(args: LowRankArgs) {
      super(checkedLowRank(new.target.className, args) as never);
      this.lora = new LowRank(args);
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...this.lora.getConfig() };
    }
  };
}
