// A cell of a comparison and the key that it is kept under.
import { canonicalJson } from '@curvature-tuning/checks';
import type { Cell, CellSpecification } from '@curvature-tuning/lora-baseline';

export function someCell(seed: number, testAccuracy = 0.5): Cell {
  return {
    method: 'lora',
    seed,
    learningRate: { own: 0.1, head: 0.01 },
    seconds: 1.5,
    peakBytes: 1000,
    result: {
      validationAccuracy: 0.75,
      validationLoss: 0.1,
      testAccuracy,
      parameters: { withoutHead: 4, total: 6 },
      detail: { bestEpoch: 2 },
    },
  };
}

export function someKey(seed: number, more: Partial<CellSpecification> = {}): string {
  return canonicalJson({
    network: 'n',
    data: { id: 'd', train: null, validation: null, test: null },
    classes: null,
    protocol: 'strict',
    method: 'lora',
    seed,
    learningRate: { own: 0.1, head: 0.01 },
    epochs: 1,
    batchSize: 32,
    backend: 'cpu',
    ...more,
  });
}
