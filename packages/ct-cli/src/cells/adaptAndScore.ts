/**
 * Adapts a network by one method and scores it once, as a result of a cell: JSON without times.
 */
import type { Examples } from '@curvature-tuning/layers';
import { predictedClasses } from '@curvature-tuning/layers';
import type { MethodName, MethodRates, MethodRun } from '@curvature-tuning/lora-baseline';
import { methods } from '@curvature-tuning/lora-baseline';
import type { Json } from '@curvature-tuning/sweep';
import type { LayersModel } from '@tensorflow/tfjs';

/** One run of a method. */
export interface TransferRun extends Pick<MethodRun, 'seed' | 'protocol' | 'epochs' | 'betas' | 'kinds' | 'classes'> {
  method: MethodName;
  /** Rates to choose among by validation accuracy, then loss; one is taken as it is. */
  rates: readonly MethodRates[];
  batchSize?: number | undefined;
  /** Hears the share that is done, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

/** What came of it. */
export interface AdaptedScore {
  readonly [key: string]: Json;
  validationAccuracy: number;
  validationLoss: number;
  testAccuracy: number;
  parameters: { withoutHead: number; total: number };
  /** The rates that validated best. */
  learningRate: { own: number; head: number };
  /** What else the method says, such as S-CT's beta. */
  detail: Record<string, number | null>;
  /** Which test images are right, as `bitsOf` writes it: what paired comparisons are made of. */
  right: string;
}

/**
 * Adapts a model, which stays as it is, and scores it on test examples.
 *
 * @throws Error where no rate gives a finite loss.
 */
export async function adaptAndScore(
  model: LayersModel,
  { train, validation, test }: { train: Examples; validation: Examples; test: Examples },
  run: TransferRun,
): Promise<AdaptedScore> {
  const { method, rates, onProgress, batchSize = 32, ...shared } = run;
  let best: AdaptedScore | undefined;
  for (const [i, learningRate] of rates.entries()) {
    const outcome = await methods[method].run(model, train, validation, {
      ...shared,
      batchSize,
      learningRate,
      onProgress: ({ done, total }) => onProgress?.((i + (total ? (0.9 * done) / total : 0)) / rates.length),
    });
    try {
      const { validationAccuracy, validationLoss, parameters, detail } = outcome;
      const isBetter =
        best === undefined ||
        validationAccuracy > best.validationAccuracy ||
        (validationAccuracy === best.validationAccuracy && validationLoss < best.validationLoss);
      if (!isBetter) continue;
      const { accuracy, predicted, labels } = await predictedClasses(outcome.classifier, test);
      best = {
        validationAccuracy,
        validationLoss,
        testAccuracy: accuracy,
        parameters: { ...parameters },
        learningRate: { ...learningRate },
        detail,
        right: bitsOf([...predicted].map((predictedClass, at) => predictedClass === labels[at])),
      };
    } finally {
      outcome.dispose();
    }
  }
  if (best === undefined) throw new Error('adaptAndScore: rates must hold at least one');
  return best;
}

/** Truths as base64, eight a byte, the first in the lowest bit; as many zeros follow as the last byte has room for. */
export function bitsOf(truths: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(truths.length / 8));
  for (const [i, truth] of truths.entries()) if (truth) bytes[i >> 3]! |= 1 << (i & 7);
  return Buffer.from(bytes).toString('base64');
}
