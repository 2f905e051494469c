import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cell, CompareOptions, Comparison, ComparisonData, MethodName } from '../index.js';
import { graphFeatures, replaceGraphActivations } from '@curvature-tuning/layers/graph';
import { compareMethods, methods, methodsFor } from '../index.js';

beforeAll(async () => void (await tf.setBackend('wasm')));

function network(): tf.LayersModel {
  const input = tf.input({ shape: [6, 6, 1] });
  const relu = tf.layers.reLU({ name: 'relu' });
  let x = tf.layers
    .conv2d({
      name: 'conv1',
      filters: 4,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
    })
    .apply(input);
  x = relu.apply(tf.layers.batchNormalization({ name: 'bn1' }).apply(x));
  x = tf.layers
    .conv2d({ name: 'conv2', filters: 4, kernelSize: 3, kernelInitializer: tf.initializers.heNormal({ seed: 2 }) })
    .apply(x);
  x = tf.layers.flatten().apply(relu.apply(x));
  return tf.model({ inputs: input, outputs: tf.layers.dense({ name: 'fc', units: 7 }).apply(x) as tf.SymbolicTensor });
}

/** Two classes: bright above or below, under noise. */
function splits(seed: number): Promise<ComparisonData> {
  const half = (count: number, offset: number): { images: tf.Tensor; labels: tf.Tensor1D } => {
    const labels = tf.tensor1d(
      Array.from({ length: count }, (_, i) => i % 2),
      'int32',
    );
    const images = tf.tidy(() => {
      const up = tf.reshape(tf.cast(labels, 'float32'), [count, 1, 1, 1]);
      const ramp = tf.reshape(tf.linspace(-1, 1, 6), [1, 6, 1, 1]);
      return tf.add(
        tf.mul(ramp, tf.sub(tf.mul(up, 2), 1)),
        tf.randomNormal([count, 6, 6, 1], 0, 0.5, 'float32', seed + offset),
      );
    });
    return { images, labels };
  };
  const [train, validation, test] = [half(16, 1), half(8, 1001), half(20, 2001)] as const;
  return Promise.resolve({
    train,
    validation,
    test,
    classes: 2,
    id: `ramp-${seed}`,
    dispose: () => tf.dispose([train, validation, test].flatMap(({ images, labels }) => [images, labels])),
  });
}

/** A GraphModel of the same images: a convolution with ReLU, the mean over positions, a head. */
async function graph(): Promise<{ model: tf.LayersModel; dispose: () => void }> {
  const specs = [
    { name: 'w', shape: [3, 3, 1, 4], dtype: 'float32' as const },
    { name: 'head', shape: [4, 7], dtype: 'float32' as const },
    { name: 'axes', shape: [2], dtype: 'int32' as const },
  ];
  const values = specs.slice(0, 2).map(({ shape }) => tf.randomNormal(shape, 0, 0.7, 'float32', 3).dataSync().slice());
  const node = (op: string, name: string, input: string[], attr: object = {}): object => ({
    op,
    name,
    input,
    attr: { ...attr, T: { type: 'DT_FLOAT' } },
  });
  const steered = await replaceGraphActivations(
    {
      modelTopology: {
        versions: { producer: 440, minConsumer: 22 },
        node: [
          {
            op: 'Placeholder',
            name: 'x',
            attr: {
              dtype: { type: 'DT_FLOAT' },
              shape: { shape: { dim: [-1, 6, 6, 1].map((size) => ({ size: String(size) })) } },
            },
          },
          ...specs.map(({ name }) => ({ op: 'Const', name, attr: {} })),
          node('Conv2D', 'conv', ['x', 'w'], {
            strides: { list: { i: ['1', '1', '1', '1'] } },
            padding: { s: btoa('SAME') },
            data_format: { s: btoa('NHWC') },
            dilations: { list: { i: ['1', '1', '1', '1'] } },
          }),
          node('Relu', 'relu', ['conv']),
          node('Mean', 'pooled', ['relu', 'axes'], { keep_dims: { b: false } }),
          node('MatMul', 'out', ['pooled', 'head']),
        ],
      },
      weightSpecs: specs,
      weightData: tf.io.CompositeArrayBuffer.join([...values, Int32Array.of(1, 2)].map(({ buffer }) => buffer)),
    },
    { sharing: 'channel', trainable: true },
  );
  const model = graphFeatures(steered);
  const dispose = (): void => {
    model.dispose();
    steered.model.dispose();
  };
  return { model, dispose };
}

const all = Object.keys(methods) as MethodName[];
const budget = { epochs: 2, batchSize: 8 };
/** What does not depend on the clock. */
const timeless = ({ rows, cells }: Comparison): unknown =>
  [cells, rows].map((list) =>
    JSON.stringify(list, (key, value: unknown) => (/[sS]econds$/.test(key) ? undefined : value)),
  );

describe('compareMethods', () => {
  it('compares on a GraphModel what needs no weights of layers, and refuses the rest by name', async () => {
    const { model, dispose } = await graph();
    expect(methodsFor(model)).toEqual(['probe', 'sct', 'tct']);
    const { rows } = await compareMethods(model, splits, { seeds: [1], budget: { epochs: 2 }, rates: [0.1] });
    // Two numbers for each of 4 channels.
    expect(rows.map(({ method, parameters }) => [method, parameters.withoutHead])).toEqual([
      ['probe', 0],
      ['sct', 0],
      ['tct', 8],
    ]);
    for (const { validationAccuracy } of rows) expect(validationAccuracy.mean).toBeGreaterThan(0.5);
    await expect(compareMethods(model, splits, { methods: ['probe', 'lora', 'bn'] })).rejects.toThrow(
      /compareMethods: lora, bn must have weights or statistics .* methods that work on it are probe, sct, tct$/,
    );
    dispose();
  });

  it('runs every method once under the paper protocol, with the numbers of parameters of closed forms', async () => {
    const model = network();
    const untouched = model.getWeights().map((w) => [...w.dataSync()]);
    const { rows, cells } = await compareMethods(model, splits, {
      methods: all,
      protocol: 'paper',
      seeds: [1],
      budget,
    });
    expect(cells.length).toBe(all.length);
    const head = 64 * 2 + 2;
    // conv1 1 -> 4 channels, conv2 4 -> 4, both 3x3; one ReLU layer of 4 channels that acts at two places.
    const expected: Record<MethodName, number> = {
      probe: 0,
      bn: 0,
      sct: 0,
      tct: 8,
      'tct-split': 16,
      lora: 4 + 9 + 4 + 36,
      norm: 8,
      slope: 8,
      affine: 16,
      bias: 8,
      full: 36 + 8 + 148,
    };
    for (const { method, parameters } of rows)
      expect([method, parameters]).toEqual([method, { withoutHead: expected[method], total: expected[method] + head }]);
    const lora = cells.find(({ method }) => method === 'lora')!;
    expect(lora.learningRate).toEqual({ own: 1e-4, head: 1e-4 });
    for (const { seconds, peakBytes, result } of cells) {
      expect(seconds).toBeGreaterThan(0);
      // Beyond the images of one batch.
      expect(peakBytes).toBeGreaterThan(8 * 36 * 4);
      expect(result!.testAccuracy >= 0 && result!.testAccuracy <= 1).toBe(true);
    }
    expect(model.getWeights().map((w) => [...w.dataSync()])).toEqual(untouched);
  });

  it('strict: no method but the control itself validates worse than the linear probe, which is converged', async () => {
    const options = { methods: all.filter((name) => name !== 'tct-split'), rates: [1e-2], seeds: [1], budget };
    const { rows, cells } = await compareMethods(network(), splits, options);
    const [probe] = rows.map(({ chosen }) => chosen[0]!.result!);
    for (const { method, result } of cells)
      if (method !== 'bn')
        expect([method, result!.validationAccuracy >= probe!.validationAccuracy]).toEqual([method, true]);
    expect(probe!.testAccuracy).toBeGreaterThan(0.8);
  });

  it('strict: validation chooses the rate of each seed; spreads are of the population', async () => {
    const seeds = [1, 2];
    const { rows, cells } = await compareMethods(network(), splits, {
      methods: ['bn', 'lora'],
      rates: [1e-5, 1e-1],
      seeds,
      budget,
    });
    expect(cells.map(({ method, seed, learningRate: { own, head } }) => [seed, method, own, head])).toEqual(
      seeds.flatMap((seed) => [
        [seed, 'bn', 0, 1e-3],
        [seed, 'lora', 1e-5, 1e-3],
        [seed, 'lora', 1e-1, 1e-3],
      ]),
    );
    for (const { method, chosen, testAccuracy } of rows) {
      for (const cell of chosen) {
        const rivals = cells.filter((other) => other.method === method && other.seed === cell.seed);
        const best = Math.max(...rivals.map(({ result }) => result!.validationAccuracy));
        expect(cell.result!.validationAccuracy).toBe(best);
        // Eight examples tie: the loss decides.
        expect(cell.result!.validationLoss).toBe(
          Math.min(
            ...rivals.flatMap(({ result }) => (result!.validationAccuracy === best ? [result!.validationLoss] : [])),
          ),
        );
      }
      const [a, b] = chosen.map(({ result }) => result!.testAccuracy) as [number, number];
      expect(testAccuracy.mean).toBeCloseTo((a + b) / 2, 12);
      expect(testAccuracy.std).toBeCloseTo(Math.abs(a - b) / 2, 12);
    }
  });

  it('goes on from the cells of a run that stopped, gives what a whole run gives, and leaks nothing', async () => {
    const model = network();
    const options = {
      methods: ['probe', 'tct', 'lora'] as MethodName[],
      protocol: 'paper' as const,
      seeds: [1, 2],
      budget,
    };
    const whole = await compareMethods(model, splits, options);
    const { numTensors } = tf.memory();
    const store = new Map<string, Cell>();
    const stop = new AbortController();
    await expect(
      compareMethods(model, splits, {
        ...options,
        store,
        signal: stop.signal,
        onProgress: ({ done, cell }) => cell && done === 4 && stop.abort(new Error('enough')),
      }),
    ).rejects.toThrow('enough');
    expect(store.size).toBe(4);
    expect(tf.memory().numTensors).toBe(numTensors);
    const fresh: boolean[] = [];
    const resumed = await compareMethods(model, splits, {
      ...options,
      store,
      onProgress: ({ cell, fresh: isFresh }) => cell && fresh.push(isFresh),
    });
    expect(fresh).toEqual([false, false, false, false, true, true]);
    expect(timeless(resumed)).toEqual(timeless(whole));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('a run whose loss is not finite has no result and is not chosen; if all are such, that is an error', async () => {
    const options = { methods: ['affine'] as MethodName[], seeds: [1], budget };
    const { cells, rows } = await compareMethods(network(), splits, { ...options, rates: [1e-3, 3e38] });
    expect(cells.map(({ result, failure }) => [result === undefined, /loss became/.test(failure ?? '')])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(rows[0]!.chosen[0]!.learningRate.own).toBe(1e-3);
    await expect(compareMethods(network(), splits, { ...options, rates: [3e38] })).rejects.toThrow(
      /compareMethods: every run of "affine" with seed 1 failed: .*pass lower \{rates\}/,
    );
  });

  it('takes up cells by all they depend on: every weight and statistic as it is now, contents, options', async () => {
    const store = new Map<string, Cell>();
    const model = network();
    const fresh = async (data = splits, more: CompareOptions = {}): Promise<number> => {
      let count = 0;
      await compareMethods(model, data, {
        methods: ['probe'],
        protocol: 'paper',
        seeds: [1],
        budget,
        store,
        onProgress: ({ cell, fresh }) => (count += Number(cell !== undefined && fresh)),
        ...more,
      });
      return count;
    };
    expect([await fresh(), await fresh()]).toEqual([1, 0]);
    const norm = model.getLayer('bn1');
    for (let i = 0; i < 4; i++) {
      norm.setWeights(norm.getWeights().map((w, k) => (k === i ? tf.add(w, 0.5) : w)));
      expect([await fresh(), await fresh()]).toEqual([1, 0]);
    }
    model.getLayer('conv1').setWeights(
      model
        .getLayer('conv1')
        .getWeights()
        .map((w) => tf.mul(w, 2)),
    );
    expect([await fresh(), await fresh()]).toEqual([1, 0]);
    const underAnOldName = async (): Promise<ComparisonData> => ({ ...(await splits(9)), id: 'ramp-1' });
    expect([await fresh(underAnOldName), await fresh(underAnOldName)]).toEqual([1, 0]);
    for (const more of [
      { protocol: 'strict', rates: [1e-2] },
      { budget: { epochs: 1 } },
      { seeds: [2] },
    ] as CompareOptions[])
      expect([await fresh(splits, more), await fresh(splits, more)]).toEqual([1, 0]);
  });

  it.each<[string, (cell: Cell) => unknown]>([
    ['.result.testAccuracy must lie in [0, 1], got 99', (cell) => (cell.result!.testAccuracy = 99)],
    ['.method must be probe, got lora', (cell) => (cell.method = 'lora')],
    ['.seed must be 1, got 2', (cell) => (cell.seed = 2)],
    [
      '.learningRate must be {"head":0.001,"own":0}, got {"head":0.5,"own":0}',
      (cell) => (cell.learningRate = { own: 0, head: 0.5 }),
    ],
    [
      'must be a cell {method, seed, learningRate, seconds, peakBytes} with either a result or a failure',
      (cell) => delete cell.result,
    ],
    ['.seconds must be a finite number of at least 0, got undefined', (cell) => delete (cell as Partial<Cell>).seconds],
  ])('refuses what a store holds in place of a cell: %s', async (message, change) => {
    const store = new Map<string, Cell>();
    const options: CompareOptions = { methods: ['probe'], protocol: 'paper', seeds: [1], budget, store };
    const model = network();
    await compareMethods(model, splits, options);
    for (const cell of store.values()) change(cell);
    const { numTensors } = tf.memory();
    await expect(compareMethods(model, splits, options)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('two at once in one process have the peaks of one alone, and leave nothing', async () => {
    const model = network();
    const run = (): Promise<Comparison> =>
      compareMethods(model, splits, { methods: ['probe', 'tct', 'norm'], protocol: 'paper', seeds: [1], budget });
    const alone = (await run()).cells.map(({ peakBytes }) => peakBytes);
    const before = tf.memory();
    const both = await Promise.all([run(), run()]);
    // Both hold their examples throughout, before what is counted.
    for (const { cells } of both) expect(cells.map(({ peakBytes }) => peakBytes)).toEqual(alone);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  it('refuses unknown methods, protocols and empty lists', async () => {
    const model = network();
    await expect(compareMethods(model, splits, { methods: ['lore' as MethodName] })).rejects.toThrow(
      /methods\[0\] must be 'probe', .*got "lore"/,
    );
    await expect(compareMethods(model, splits, { protocol: 'best' as 'strict' })).rejects.toThrow(
      `protocol must be 'strict' or 'paper', got "best"`,
    );
    await expect(compareMethods(model, splits, { seeds: [] })).rejects.toThrow('seeds must be a list of at least 1');
  });
});
