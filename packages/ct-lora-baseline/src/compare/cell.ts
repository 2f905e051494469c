/**
 * One run of one method: what a comparison is made of, and what its stores keep.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  canonicalJson,
  check,
  checkValue,
  filledText,
  matching,
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
import type { MethodName, MethodRates } from './methods.js';
import { methods } from './methods.js';

/** One run of one method. Accuracies in [0, 1]. */
export interface Cell {
  method: MethodName;
  seed: number;
  rates: MethodRates;
  /** Missing when the run failed. */
  result?: {
    validationAccuracy: number;
    /** Mean cross-entropy in nats. */
    validationLoss: number;
    testAccuracy: number;
    parameters: { withoutHead: number; total: number };
    detail: Record<string, number>;
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
  get: (key: string) => Cell | undefined | Promise<Cell | undefined>;
  set: (key: string, cell: Cell) => unknown;
}

/** All that a cell depends on. */
export interface CellSpecification {
  /** Of all weights and statistics: see `modelFingerprint`. */
  network: string;
  /** The split's own name, and the contents of what is in memory: see `examplesFingerprint`. */
  data: { id: string; train: string | null; validation: string | null; test: string | null };
  classes: number | null;
  protocol: 'paper' | 'tuned';
  method: MethodName;
  seed: number;
  rates: MethodRates;
  epochs: number;
  batchSize: number;
  /** Backends round differently. */
  backend: string;
}

/** Counts up whenever a method comes to give other numbers. */
const FORMAT = 3;

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
  detail: recordOf(real()),
};
const cellEntries: Entries<Cell> = {
  method: oneOf(...(Object.keys(methods) as MethodName[])),
  seed: whole({ min: 0 }),
  rates: options<MethodRates>({ own: rate, head: rate }, ['own', 'head']),
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
  options<Cell>(cellEntries, ['method', 'seed', 'rates', 'seconds', 'peakBytes']),
  ({ result, failure }) => (result === undefined) !== (failure === undefined),
  { expects: 'a cell {method, seed, rates, seconds, peakBytes} with either a result or a failure' },
);

type Expected = Pick<CellSpecification, 'method' | 'seed' | 'rates'>;
const { method, seed, rates } = cellEntries;

export const checkCellArguments: Entries<{ caller: string; name: string; specification: Expected }> = {
  caller: filledText,
  name: filledText,
  specification: objectWith<Expected>({ method, seed, rates }, ['method', 'seed', 'rates']),
};

/**
 * Checks that a value is the cell of a specification.
 *
 * @param name What to call it in errors.
 * @throws TypeError or RangeError naming the field.
 */
export function checkCell(
  caller: string,
  name: string,
  value: unknown,
  specification: Expected,
): asserts value is Cell {
  check('checkCell', checkCellArguments, { caller, name, specification });
  checkValue(caller, name, cellSchema, value);
  for (const field of ['method', 'seed', 'rates'] as const) {
    const [own, expected] = [value[field], specification[field]].map((one) =>
      typeof one === 'object' ? canonicalJson(one) : String(one),
    );
    if (own !== expected) throw new RangeError(`${caller}: ${name}.${field} must be ${expected}, got ${own}`);
  }
}
