/**
 * One run of one method: what a comparison is made of, and what its stores keep.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  canonicalJson,
  check,
  checkValue,
  matching,
  nothing,
  objectWith,
  oneOf,
  options,
  real,
  recordOf,
  satisfying,
  text,
  unitInterval,
  whole,
} from '@curvature-tuning/checks';
import type { ActivationKind } from '@curvature-tuning/layers';
import type { MethodName, MethodRates } from './methods.js';
import { methods } from './methods.js';

/** One run of one method. Accuracies in [0, 1]. */
export interface Cell {
  method: MethodName;
  seed: number;
  learningRate: MethodRates;
  /** Missing when the run failed. */
  result?: {
    validationAccuracy: number;
    /** Mean cross-entropy in nats. */
    validationLoss: number;
    testAccuracy: number;
    parameters: { withoutHead: number; total: number };
    detail: Record<string, number | null>;
  };
  /** Why the run has no result: its loss was not finite. */
  failure?: string;
  /** Of the adaptation alone. */
  seconds: number;
  /** Bytes of tensors at their height, above those before: see `measurePeakBytes`. */
  peakBytes: number;
}

/** Keeps cells between runs; a `Map` is one. Keys are specifications, as `cellKey` writes them. */
export interface CellStore {
  /** The cell under a key, where it was measured. */
  get: (key: string) => Cell | undefined | Promise<Cell | undefined>;
  /** Keeps a cell; awaited where it is a promise. */
  set: (key: string, cell: Cell) => unknown;
}

/** All that a cell depends on. */
export interface CellSpecification {
  /** Of all weights and statistics: see `modelFingerprint`. */
  network: string;
  /** The split's own name, and the contents of what is in memory: see `examplesFingerprint`. */
  data: { id: string; train: string | null; validation: string | null; test: string | null };
  classes: number | null;
  protocol: 'strict' | 'paper';
  method: MethodName;
  seed: number;
  learningRate: MethodRates;
  /** Only where they are asked for: see `CompareOptions`. */
  betas?: readonly number[] | undefined;
  kinds?: readonly ActivationKind[] | undefined;
  epochs: number;
  batchSize: number;
  /** Backends round differently. */
  backend: string;
}

/** Counts up whenever a method comes to give other numbers. */
const FORMAT = 5;

/** A specification as canonical JSON: equal for equal runs. */
export function cellKey(specification: CellSpecification): string {
  return canonicalJson({ format: FORMAT, ...specification });
}

type Result = NonNullable<Cell['result']>;
/** Learning rates of runs that failed may be infinite. */
const rate: Schema<number> = matching((value): value is number => typeof value === 'number' && value >= 0, {
  expects: 'a learning rate of at least 0',
});
const parameterEntries: Entries<Result['parameters']> = { withoutHead: whole({ min: 0 }), total: whole({ min: 0 }) };
const resultEntries: Entries<Result> = {
  validationAccuracy: unitInterval,
  validationLoss: real({ min: 0 }),
  testAccuracy: unitInterval,
  parameters: options<Result['parameters']>(parameterEntries, ['withoutHead', 'total']),
  detail: recordOf(anyOf(real(), nothing)),
};
const cellEntries: Entries<Cell> = {
  method: oneOf(...(Object.keys(methods) as MethodName[])),
  seed: whole({ min: 0 }),
  learningRate: options<MethodRates>({ own: rate, head: rate }, ['own', 'head']),
  result: options<Result>(resultEntries, [
    'validationAccuracy',
    'validationLoss',
    'testAccuracy',
    'parameters',
    'detail',
  ]),
  failure: text,
  seconds: real({ min: 0 }),
  peakBytes: real({ min: 0 }),
};

/** A cell that somebody kept. */
export const cellSchema: Schema<Cell> = satisfying(
  options<Cell>(cellEntries, ['method', 'seed', 'learningRate', 'seconds', 'peakBytes']),
  ({ result, failure }) => (result === undefined) !== (failure === undefined),
  { expects: 'a cell {method, seed, learningRate, seconds, peakBytes} with either a result or a failure' },
);

/** Which cell one is. */
export type CellKey = Pick<CellSpecification, 'method' | 'seed' | 'learningRate'>;
const { method, seed, learningRate } = cellEntries;

export const checkCellArguments: Entries<{ specification: CellKey }> = {
  specification: objectWith<CellKey>({ method, seed, learningRate }, ['method', 'seed', 'learningRate']),
};

/**
 * Checks that a value is the cell of a specification.
 *
 * @throws TypeError or RangeError naming the field.
 */
export function checkCell(cell: unknown, specification: CellKey): asserts cell is Cell {
  check('checkCell', checkCellArguments, { specification });
  checkValue('checkCell', 'cell', cellSchema, cell);
  for (const field of ['method', 'seed', 'learningRate'] as const) {
    const [own, expected] = [cell[field], specification[field]].map((one) =>
      typeof one === 'object' ? canonicalJson(one) : String(one),
    );
    if (own !== expected) throw new RangeError(`checkCell: cell.${field} must be ${expected}, got ${own}`);
  }
}
