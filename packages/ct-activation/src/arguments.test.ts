/**
 * Every public function refuses arguments of a wrong kind or out of range, by their name, and leaves no tensor. The
 * table is made by hand, as the checks are: kernel entries carry no schemas.
 */
import '@tensorflow/tfjs-backend-cpu';
import { complex, memory, scalar, setBackend, tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConformanceCase } from './conformance.js';
import * as conformance from './conformance.js';
import * as activation from './index.js';

const { ctu, ctuOfPair, explainMissingCtuKernels, normalizeBatch, registerCtuKernels } = activation;
const {
  conformanceCases,
  drawnCases,
  holdings,
  measureConformance,
  measureGrid,
  measureNormalize,
  measureSums,
  normalizeCases,
} = conformance;

/** No number, list or tensor. */
const strangers: readonly unknown[] = [
  null,
  undefined,
  true,
  '',
  '0.5',
  5n,
  Symbol('s'),
  {},
  { shape: [1] },
  () => 1,
  Promise.resolve(1),
  new Date(),
  new Map(),
];
const outOfRange = [-1, -1e-9, 1 + 1e-9, 2, 1e300, 2 ** 32, NaN, Infinity, -Infinity];
const lists: readonly unknown[] = [
  ['a'],
  [null],
  [undefined],
  [true],
  [5n],
  [Symbol('s')],
  [{}],
  [[1], ['a']],
  BigInt64Array.of(1n),
  new BigUint64Array(1),
  new DataView(new ArrayBuffer(8)),
];
const values = { shape: [1], values: Float32Array.of(1) };
const kernels = { ctu: (): never => undefined as never, ctuGrad: (): never => undefined as never };

const row = { beta: 0.5, c: 0.5, y: [1], dx: [1], dbeta: [0], dc: [0] };
/** What a count or a seed may be; left out, both have a value. */
const whole = (value: unknown): boolean => value === undefined || value === 2 || value === 2 ** 32;

type Loose = (...args: unknown[]) => unknown;
let tables: [caller: string, names: string, wrong: readonly unknown[], call: (value: unknown) => unknown][];

beforeAll(async () => {
  await setBackend('cpu');
  const gone = zeros([1]);
  gone.dispose();
  const tensors = [gone, tensor([1], [1], 'int32'), tensor([true]), tensor(['a']), complex([1], [1])];
  const one = scalar(1);
  const scalars = [scalar(0.5), scalar(0.5)];
  const one4 = zeros([1, 4]);
  const pair4 = zeros([2, 4]);
  const normal = { scale: zeros([4]), offset: zeros([4]), epsilon: 1e-3, unit: null };
  const parameters = [...strangers, ...lists, ...outOfRange, [0.5], Float32Array.of(0.5), ...tensors];
  const call = ctu as Loose;
  tables = [
    ['ctu', 'x', [...strangers, ...lists, ...tensors, zeros([1, 1, 1, 1, 1, 1, 1] as never)], (x) => call(x, 0.5)],
    ['ctu', 'beta', parameters, (beta) => call(one, beta)],
    // Left out, it is 0.5.
    ['ctu', 'coeff', parameters.filter((value) => value !== undefined), (coeff) => call([1], 0.5, coeff)],
    [
      'registerCtuKernels',
      'backendName',
      [...strangers.filter((value) => value !== '0.5'), ...lists, 1],
      (name) => (registerCtuKernels as Loose)(name, kernels),
    ],
    [
      'registerCtuKernels',
      'kernels',
      [...strangers, ...lists, 1, { ctu: kernels.ctu }, { ...kernels, ctuGrad: 5 }, { ...kernels, ctuForm: null }],
      (given) => (registerCtuKernels as Loose)('some', given),
    ],
    [
      'explainMissingCtuKernels',
      'backendName',
      [...strangers.filter((value) => value !== '0.5'), ...lists, 1],
      (name) => (explainMissingCtuKernels as Loose)(name, 'why'),
    ],
    [
      'explainMissingCtuKernels',
      'reason',
      [...strangers.filter((value) => value !== '0.5'), ...lists, 1],
      (reason) => (explainMissingCtuKernels as Loose)('some', reason),
    ],
    [
      'ctu',
      'wrt',
      [...strangers, ...lists, 1, 'y'].filter((value) => value !== undefined),
      (wrt) => call(one, scalars[0], scalars[1], { wrt }),
    ],
    ['ctu', 'options', [null, true, '', '0.5', 5n, Symbol('s'), 1], (options) => call(one, 0.5, 0.5, options)],
    [
      'ctu',
      'maxValue',
      [...strangers, ...lists, 0, -6, 1e-60, NaN, -Infinity].filter((value) => value !== undefined),
      (maxValue) => call(one, 0.5, 0.5, { maxValue }),
    ],
    [
      'ctu',
      'alpha',
      [...strangers, ...lists, NaN, Infinity, -Infinity, 1e300].filter((value) => value !== undefined),
      (alpha) => call(one, 0.5, 0.5, { alpha }),
    ],
    ...(['x', 'parameters', 'wanted', 'onStatistics'] as const).map((name, i): (typeof tables)[number] => [
      'normalizeBatch',
      name,
      [...strangers, ...lists, 1].filter(
        (value) => name !== 'onStatistics' || (value !== undefined && typeof value !== 'function'),
      ),
      (given) =>
        (normalizeBatch as Loose)(
          ...[one4, normal, { scale: false, unit: false }, () => undefined].map((value, k) =>
            k === i ? given : value,
          ),
        ),
    ]),
    [
      'normalizeBatch',
      'pair',
      [...strangers, ...lists, one4].filter((value) => value !== undefined),
      (pair) =>
        (normalizeBatch as Loose)(one4, { ...normal, unit: { pair } }, { scale: false, unit: false }, () => undefined),
    ],
    ['ctuOfPair', 'x', [...strangers, ...lists, ...tensors, one], (x) => (ctuOfPair as Loose)(x, pair4)],
    ['ctuOfPair', 'pair', [...strangers, ...lists, ...tensors, one4], (pair) => (ctuOfPair as Loose)(one4, pair)],
    [
      'ctuOfPair',
      'maxValue',
      [...strangers, ...lists, 1].filter((value) => value !== undefined),
      (form) => (ctuOfPair as Loose)(one4, pair4, form),
    ],
    [
      'measureNormalize',
      'shape',
      [...strangers, ...lists, 1],
      (shape) => measureNormalize({ ...normalizeCases()[0]!, shape: shape as number[] }),
    ],
    ...(['x', 'beta', 'coeff', 'dy'] as const).map((name): (typeof tables)[number] => [
      'measureConformance',
      name,
      [...strangers, ...lists, 1, { shape: [2], values: values.values }, { shape: [1], values: [1] }],
      (given) =>
        measureConformance({
          name: 'one',
          x: values,
          beta: values,
          coeff: values,
          dy: values,
          [name]: given,
        } as ConformanceCase),
    ]),
    [
      'measureConformance',
      'form',
      [...strangers, ...lists, 1, { maxValue: 6 }, { maxValue: -1, alpha: 0 }].filter((value) => value !== undefined),
      (form) =>
        measureConformance({ ...values, name: '', x: values, beta: values, coeff: values, dy: values, form } as never),
    ],
    ['measureConformance', '', strangers, (given) => (measureConformance as Loose)(given)],
    ...(['count', 'seed'] as const).map((name): (typeof tables)[number] => [
      'drawnCases',
      name,
      [...strangers, ...lists, ...outOfRange, 0.5].filter((value) => !whole(value)),
      (given) => (drawnCases as Loose)(...(name === 'count' ? [given] : [1, given])),
    ]),
    [
      'holdings',
      'calls',
      [...strangers, ...lists, ...outOfRange, 0.5].filter((value) => !whole(value)),
      holdings as Loose,
    ],
    // Left out, it is 10,000.
    [
      'measureSums',
      'repeats',
      [...strangers, ...lists, ...outOfRange, 0.5].filter((value) => value !== undefined && !whole(value)),
      measureSums as Loose,
    ],
    [
      'holdings',
      'more',
      [...strangers, ...lists, 1].filter((value) => value !== undefined && typeof value !== 'function'),
      (given) => (holdings as Loose)(0, given),
    ],
    ['measureGrid', 'x', [...strangers, ...lists.map((x) => ({ x, cases: [] })), 1], measureGrid as Loose],
    [
      'measureGrid',
      'cases',
      [...strangers, ...lists, 1, ...strangers.map((row) => [row]), ...lists.map((dx) => [{ ...row, dx }])],
      (cases) => (measureGrid as Loose)({ x: [1], cases }),
    ],
  ];
});

describe('bad arguments are refused by name, before any work, and leave no tensor', () => {
  it.each([
    'ctu',
    'ctuOfPair',
    'registerCtuKernels',
    'explainMissingCtuKernels',
    'measureConformance',
    'measureGrid',
    'drawnCases',
    'holdings',
    'normalizeBatch',
  ])('%s', async (function_) => {
    const rows = tables.filter(([caller]) => caller === function_);
    expect(rows.flatMap(([, , wrong]) => wrong).length).toBeGreaterThanOrEqual(45);
    for (const [caller, names, wrong, call] of rows) {
      for (const [i, value] of wrong.entries()) {
        const before = memory().numTensors;
        const error: unknown = await Promise.resolve()
          .then(() => call(value))
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
        const title = `${caller}: ${names} ${i}`;
        expect(error instanceof TypeError || error instanceof RangeError, `${title}: ${String(error)}`).toBe(true);
        expect((error as Error).message, title).toMatch(new RegExp(`^${caller}: .*${names}`));
        expect(memory().numTensors - before, title).toBe(0);
      }
    }
    expect(activation.ctuKernels()['some']).toBeUndefined();
  });

  it('and no other public function takes any', () => {
    const functions = Object.entries({ ...activation, ...conformance }).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    expect(functions.filter((name) => !tables.some(([caller]) => caller === name)).sort()).toEqual([
      'conformanceCases',
      'ctuKernels',
      'normalizeCases',
      'storesFloat16',
      'takesPairs',
      'withoutElements',
    ]);
    const { ctuKernels, storesFloat16, takesPairs } = activation;
    const { withoutElements } = conformance;
    for (const taker of [conformanceCases, normalizeCases, ctuKernels, storesFloat16, takesPairs, withoutElements])
      expect(taker.length).toBe(0);
  });
});
