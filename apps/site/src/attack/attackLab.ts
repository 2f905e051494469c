/**
 * A classifier under attack: as it was given, and at betas at which its batch normalisation was calibrated anew.
 *
 * Perturbations are bounded in every pixel, |x′ − x| <= eps for pixels in [0, 1], and found by APGD on the
 * cross-entropy (Croce & Hein 2020), which is one of AutoAttack's four: what withstands it may fall to the others.
 */
import { div, sub, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { normalizationOf } from '@curvature-tuning/data';
import type { Preprocessing } from '@curvature-tuning/data';
import { calibrate, isCalibratable, replaceActivations } from '@curvature-tuning/layers';
import { autoAttack, normalized } from '@curvature-tuning/robustbench';
import type { AutoAttackResult } from '@curvature-tuning/robustbench';

/** A classifier, images in [0, 1] that are attacked, and those that it is calibrated to, whose classes nobody asks. */
export interface Attackable {
  model: LayersModel;
  preprocessing: Preprocessing;
  images: readonly Float32Array[];
  labels: readonly number[];
  unlabelled: readonly Float32Array[];
}

/** Which network: as given, or calibrated at a beta, where 1 is its own ReLU. */
export type Which = 'given' | number;

/** How attacks are told. */
export interface AttackOptions {
  /** In units of pixels in [0, 1]. */
  eps: number;
  signal: AbortSignal;
  /** Hears the share that is done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** One network under attack: of each image whether it is right as it is, and whether it withstands. */
export interface AttackedAt {
  which: Which;
  right: boolean[];
  withstands: boolean[];
}

/** One image under attack. */
export interface AttackedImage {
  label: number;
  clean: Float32Array;
  /** What fools the network; the clean image where nothing was found, or where nothing had to be. */
  attacked: Float32Array;
  /** The class that the network says, before and after. */
  before: number;
  after: number;
}

/** Steps of the attack: accuracies change little beyond, on the bundled digits by at most one image of 40. */
const ITERATIONS = 15;

/** Attacks one classifier. */
export class AttackLab {
  private readonly subject: Attackable;
  private readonly networks = new Map<Which, LayersModel>();
  /** What is to be freed in the end, the last first. */
  private readonly made: LayersModel[] = [];

  constructor(subject: Attackable) {
    this.subject = subject;
  }

  /** Attacks the first `count` images. */
  async attack(which: Which, count: number, options: AttackOptions): Promise<AttackedAt> {
    const { robust, fooledBy, adversarial } = await this.run(which, [0, count], options);
    adversarial.dispose();
    return { which, right: robust.map((withstands, i) => withstands || fooledBy[i] !== null), withstands: robust };
  }

  /** Attacks one image. */
  async attackImage(which: Which, index: number, options: AttackOptions): Promise<AttackedImage> {
    const label = this.subject.labels[index]!;
    const { predictions, fooledBy, adversarial } = await this.run(which, [index, index + 1], options);
    const attacked = (await adversarial.data()) as Float32Array;
    adversarial.dispose();
    const after = predictions[0]!;
    return { label, clean: this.subject.images[index]!, attacked, before: fooledBy[0] === null ? after : label, after };
  }

  /** Disposes of every network, the given one too. */
  dispose(): void {
    for (const network of this.made.reverse()) network.dispose();
    this.networks.clear();
    this.subject.model.dispose();
  }

  private async run(
    which: Which,
    [from, to]: readonly [number, number],
    { eps, signal, onProgress }: AttackOptions,
  ): Promise<AutoAttackResult> {
    const { images, labels, preprocessing } = this.subject;
    const network = await this.network(which, signal);
    const chosen = this.batch(images.slice(from, to));
    try {
      return await autoAttack(normalized(network, normalizationOf(preprocessing)), chosen, labels.slice(from, to), {
        norm: 'Linf',
        eps,
        signal,
        seed: 1,
        version: 'custom',
        attacks: ['apgd-ce'],
        settings: { 'apgd-ce': { restarts: 1, iterations: ITERATIONS } },
        log: () => undefined,
        onProgress: ({ done, total }) => total !== null && onProgress?.(done / total),
      });
    } finally {
      chosen.dispose();
    }
  }

  private async network(which: Which, signal: AbortSignal): Promise<LayersModel> {
    const known = this.networks.get(which);
    if (known !== undefined) return known;
    const { model, unlabelled, preprocessing } = this.subject;
    if (which === 'given') return model;
    const steered = which === 1 ? model : this.keep(replaceActivations(model, { beta: which }).model);
    if (!isCalibratable(steered)) return this.remember(which, steered);
    const images = tidy(() => {
      const { mean, std } = normalizationOf(preprocessing);
      return div(sub(this.batch(unlabelled), tensor1d([...mean])), tensor1d([...std]));
    });
    try {
      return this.remember(which, this.keep((await calibrate(steered, images, { signal })).model));
    } finally {
      images.dispose();
    }
  }

  private keep(network: LayersModel): LayersModel {
    this.made.push(network);
    return network;
  }

  private remember(which: Which, network: LayersModel): LayersModel {
    this.networks.set(which, network);
    return network;
  }

  private batch(pixels: readonly Float32Array[]): Tensor4D {
    const { inputSize } = this.subject.preprocessing;
    const size = inputSize[0] * inputSize[1] * inputSize[2];
    const values = new Float32Array(pixels.length * size);
    pixels.forEach((image, i) => values.set(image, i * size));
    return tensor4d(values, [pixels.length, ...inputSize]);
  }
}
