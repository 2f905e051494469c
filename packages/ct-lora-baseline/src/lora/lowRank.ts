/**
 * What a LoRA layer has beside its frozen kernel: the two factors, their scale, and the saved kernel of a merge.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, count, flag, objectWith, real } from '@curvature-tuning/checks';
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { add, keep, matMul, mul, reshape, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { KernelLayer } from './stockLayer.js';
import { addZeros, assign } from './stockLayer.js';

/** The arguments that a LoRA layer takes beside those of its stock layer. */
export interface LowRankArgs {
  /** Rank r of the change, at least 1. */
  loraRank?: number;
  /** The change is scaled by alpha / r. */
  loraAlpha?: number;
  /** Share of the layer's inputs that training drops on the low-rank path, in [0, 1). */
  loraDropout?: number;
  /** Whether the kernel holds the change already. */
  loraMerged?: boolean;
}

export const lowRankArguments: Entries<{ options: LowRankArgs }> = {
  options: objectWith<LowRankArgs>({
    loraRank: count,
    loraAlpha: real(),
    loraDropout: real({ min: 0, below: 1 }),
    loraMerged: flag,
  }),
};

/** The arguments of a LoRA layer, checked; those of its stock layer are tfjs' to check. */
export function checkedLowRank(caller: string, args: LowRankArgs): LowRankArgs {
  check(caller, lowRankArguments, { options: args });
  return args;
}

/** The low-rank change of one layer's kernel: W + (alpha / r)·reshape(A·B), A `[..., r]`, B `[r, out]`. */
export class LowRank {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Seed of the next dropout. */
  seed = 1;
  private isMerged: boolean;
  private kernel?: LayerVariable;
  private factors?: { a: LayerVariable; b: LayerVariable };
  /** The kernel before it was merged, bit for bit. */
  private saved: Tensor | undefined;

  constructor({ loraRank = 1, loraAlpha = loraRank, loraDropout = 0, loraMerged = false }: LowRankArgs) {
    this.rank = loraRank;
    this.alpha = loraAlpha;
    this.dropout = loraDropout;
    this.isMerged = loraMerged;
  }

  /** Adds the factors, zero, to a layer whose kernel exists, and freezes kernel and bias. */
  build(layer: KernelLayer, kernel: LayerVariable, aShape: number[], outputs: number): void {
    this.kernel = kernel;
    this.factors = { a: addZeros(layer, 'lora_a', aShape), b: addZeros(layer, 'lora_b', [this.rank, outputs]) };
    const frozen = layer.bias === null ? [kernel] : [kernel, layer.bias];
    frozen.forEach((weight) => (weight.trainable = false));
    // Not by their flags alone: a Sequential sets those of all trainable weights when it is compiled.
    layer.trainableWeights = [this.factors.a, this.factors.b];
    layer.nonTrainableWeights = frozen;
    // The saved kernel goes with the kernel: a wrapper disposes of the weights of its layer, not of the layer.
    const dispose = kernel.dispose.bind(kernel);
    kernel.dispose = () => {
      dispose();
      this.saved?.dispose();
      this.saved = undefined;
    };
  }

  get scale(): number {
    return this.alpha / this.rank;
  }

  get a(): Tensor {
    return this.factors!.a.read();
  }

  get b(): Tensor2D {
    return this.factors!.b.read() as Tensor2D;
  }

  get merged(): boolean {
    return this.isMerged;
  }

  /** Whether a call with these arguments drops some of its inputs. */
  drops(kwargs: Record<string, unknown>): boolean {
    return this.dropout > 0 && kwargs['training'] === true && !this.merged;
  }

  /** Shape of the kernel. */
  get kernelShape(): readonly number[] {
    return this.kernel!.shape as number[];
  }

  /** The factors' variables, `a` and `b`. */
  get variables(): { a: LayerVariable; b: LayerVariable } {
    return this.factors!;
  }

  /** W + (alpha / r)·reshape(A·B), or the kernel as it is where it holds that already. */
  effectiveKernel(): Tensor {
    const kernel = this.kernel!.read();
    return this.isMerged ? kernel : tidy(() => add(kernel, this.change()));
  }

  /** The kernel without the change; an error where that is not known. */
  baseKernel(caller: string, layer: string): Tensor {
    if (!this.isMerged) return this.kernel!.read();
    if (this.saved === undefined)
      throw new Error(
        `${caller}: the kernel of "${layer}" was merged before this model was saved or copied, and what it ` +
          'was is gone; load the model as it was before the merge',
      );
    return this.saved;
  }

  /** Adds the change to the kernel, where it has not been. */
  merge(): void {
    if (this.isMerged) return;
    const merged = this.effectiveKernel();
    this.saved = keep(this.kernel!.read().clone());
    assign(this.kernel!, merged);
    merged.dispose();
    this.isMerged = true;
  }

  /** Gives the kernel back what it was, to the bit. */
  unmerge(layer: string): void {
    if (!this.isMerged) return;
    const base = this.baseKernel('unmergeLora', layer);
    assign(this.kernel!, base);
    base.dispose();
    this.saved = undefined;
    this.isMerged = false;
  }

  /** What the layer's config says of it. */
  getConfig(): Required<LowRankArgs> {
    return { loraRank: this.rank, loraAlpha: this.alpha, loraDropout: this.dropout, loraMerged: this.isMerged };
  }

  private change(): Tensor {
    const product = matMul(reshape<Rank.R2>(this.a, [-1, this.rank]), this.b);
    return reshape(this.scale === 1 ? product : mul(product, this.scale), [...this.kernelShape]);
  }
}

/** Runs a stock layer's own code with another tensor in place of its kernel. */
export function withKernel<T>(
  layer: KernelLayer,
  field: 'kernel' | 'depthwiseKernel',
  kernel: Tensor,
  body: () => T,
): T {
  const own = layer[field];
  layer[field] = { read: () => kernel } as LayerVariable;
  try {
    return body();
  } finally {
    layer[field] = own;
  }
}
