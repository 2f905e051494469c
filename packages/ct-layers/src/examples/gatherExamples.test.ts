import * as tf from '@tensorflow/tfjs';
import type { Examples, LabelledImages } from '@curvature-tuning/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accuracy } from '../evaluate/accuracy.js';
import { meanCrossEntropy } from '../evaluate/meanCrossEntropy.js';
import { linearProbe } from '../probe/linearProbe.js';
import { steer } from '../steer/steer.js';
import type { TrainingExamples } from './trainingData.js';
import { tune } from '../train/tune.js';
import { pointNetwork as network } from '../../test/pointNetwork.js';

let before: number;

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const classes = [0, 1, 2, 0, 1, 2];
const points = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0, 0, 1, 1],
];
const images = (): tf.Tensor2D => tf.tensor2d(points);
const good = (): LabelledImages => ({ images: images(), labels: classes });

/** What each method makes of examples: the loss of its first epoch, or the accuracy. */
type Run = (
  model: tf.LayersModel,
  train: Examples,
  validation: Examples,
  options?: { classes?: number },
) => Promise<number>;
const runs: Record<string, Run> = {
  tune: (model, train, validation, options) =>
    tune(model, train, validation, { epochs: 1, ...options }).then(
      (result) => (result.dispose(), result.history[0]!.loss),
    ),
  linearProbe: (model, train, validation, options) =>
    linearProbe(model, train, validation, { epochs: 1, ...options }).then(
      (result) => (result.dispose(), result.head.countParams()),
    ),
  steer: (model, train, validation, options) =>
    steer(model, train, validation, { betas: [0.9, 1], epochs: 1, ...options }).then(
      (result) => (result.dispose(), result.beta!),
    ),
};

describe.each(Object.entries(runs))('examples of %s', (name, run) => {
  const forms: [string, () => LabelledImages['labels']][] = [
    ['a list', () => classes],
    ['float32', () => tf.tensor1d(classes)],
    ['a column', () => tf.tensor2d(classes, [6, 1], 'int32')],
    ['BigInt64Array', () => BigInt64Array.from(classes, BigInt)],
    ['one-hot rows', () => classes.map((k) => [0, 1, 2].map((i) => Number(i === k)))],
    ['a one-hot tensor', () => tf.oneHot(tf.tensor1d(classes, 'int32'), 3)],
  ];
  it.each(forms)('may have labels as %s: the result is that of int32', async (_, labels) => {
    const expected = await run(network(), { images: images(), labels: tf.tensor1d(classes, 'int32') }, good());
    expect(await run(network(), { images: images(), labels: labels() }, good())).toBe(expected);
  });

  it.each<[string, () => Examples, { classes?: number }, RegExp]>([
    [
      'a label beyond {classes}',
      () => ({ images: images(), labels: [1, 2, 3, 1, 2, 3] }),
      { classes: 3 },
      /labels must be class numbers from 0, below the number of classes, 3, got 3 as label of example 2/,
    ],
    [
      'one-hot rows of another length',
      () => ({ images: images(), labels: tf.oneHot(tf.tensor1d(classes, 'int32'), 10) }),
      { classes: 3 },
      /one-hot rows over 3 classes, got rows of 10/,
    ],
    [
      'an absurd label',
      () => ({ images: images(), labels: [0, 1, 2, 0, 1, 2e9] }),
      {},
      /got 2000000000 as label of example 5/,
    ],
    [
      'a fractional label',
      () => ({ images: images(), labels: tf.tensor1d([0, 1, 0.5, 0, 1, 2]) }),
      {},
      /got 0\.5 as label of example 2/,
    ],
    [
      'labels that are NaN',
      () => ({ images: images(), labels: tf.fill([6], NaN) }),
      { classes: 3 },
      /got NaN as label of example 0/,
    ],
    ['no labels', () => ({ images: images() }) as unknown as Examples, {}, /no labels/],
    [
      'a tensor',
      () => images() as unknown as Examples,
      {},
      /must be examples: .*, got a float32 tensor of shape \[6, 4\]/,
    ],
    ['a promise', () => Promise.resolve(good()) as unknown as Examples, {}, /got a Promise; await it/],
    ['null', () => null as unknown as Examples, {}, /got null/],
    [
      'a pixel that is NaN',
      () => ({
        images: tf.tensor2d(points.map((row, i) => row.map((v, k) => (i === 4 && k === 2 ? NaN : v)))),
        labels: classes,
      }),
      {},
      /images must be finite, got NaN in example 4/,
    ],
    [
      'a pixel that is infinite',
      () => ({
        images: tf.tensor2d(points.map((row, i) => row.map((v, k) => (i === 1 && k === 3 ? -Infinity : v)))),
        labels: classes,
      }),
      {},
      /images must be finite, got -Infinity in example 1/,
    ],
    [
      'images disposed of',
      () => {
        const gone = images();
        gone.dispose();
        return { images: gone, labels: classes };
      },
      {},
      /disposed of/,
    ],
  ])('refuses %s in training and in validation, and leaves nothing', async (_, make, options, message) => {
    const model = network();
    const [bad, fine] = [make(), good()];
    before = tf.memory().numTensors;
    for (const [split, train, validation] of [
      ['train', bad, fine],
      ['validation', fine, bad],
    ] as const) {
      const error: Error = await run(model, train, validation, options).then(
        () => new Error('accepted'),
        (thrown: Error) => thrown,
      );
      expect(error.message).toMatch(message);
      expect(error.message).toContain(`${name}: ${split}`);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('takes classes from one on', async () => {
    for (const labels of [
      [0, 0, 0, 0, 0, 0],
      [0, 1, 0, 1, 0, 1],
    ])
      expect(await run(network(), { images: images(), labels }, { images: images(), labels })).not.toBeNaN();
  });

  it('names a weight that is not finite', async () => {
    const model = network();
    model.layers[0]!.setWeights([tf.fill([4, 5], NaN), tf.zeros([5])]);
    await expect(run(model, good(), good())).rejects.toThrow(
      /dense_\w+\/kernel" is not finite|the loss became NaN in epoch 0, step 0/,
    );
  });

  it('takes whole numbers into an embedding, and refuses them elsewhere', async () => {
    const tokens = {
      images: tf.tensor2d(
        [
          [1, 2],
          [3, 4],
          [5, 6],
          [2, 1],
          [4, 3],
          [6, 5],
        ],
        [6, 2],
        'int32',
      ),
      labels: classes,
    };
    const embedding = (dtype?: 'int32'): tf.LayersModel => {
      const input = tf.input({ shape: [2], ...(dtype && { dtype }) });
      const flat = tf.layers.flatten().apply(tf.layers.embedding({ inputDim: 10, outputDim: 3 }).apply(input));
      return tf.model({
        inputs: input,
        outputs: tf.layers
          .dense({ units: 3 })
          .apply(tf.layers.dense({ units: 5, activation: 'relu' }).apply(flat)) as tf.SymbolicTensor,
      });
    };
    for (const model of [embedding('int32'), embedding()]) expect(await run(model, tokens, tokens)).not.toBeNaN();
    await expect(run(network(), { images: tf.cast(images(), 'int32'), labels: classes }, good())).rejects.toThrow(
      'images must be float32, got int32; scale and cast them first',
    );
  });
});

describe('streams of tune', () => {
  const dataset = (ys: () => tf.Tensor): TrainingExamples => ({
    size: 1,
    iterator: () => {
      let done = false;
      return Promise.resolve({
        next: () =>
          Promise.resolve(
            done ? { value: null, done } : ((done = true), { value: { xs: images(), ys: ys() }, done: false }),
          ),
      });
    },
  });

  it.each<[string, () => tf.Tensor, RegExp]>([
    ['NaN', () => tf.fill([6], NaN), /train: labels .* got NaN/],
    ['-4', () => tf.fill([6], -4), /got -4/],
    ['1.5', () => tf.fill([6], 1.5), /got 1\.5/],
    [
      'one-hot over 10',
      () => tf.tidy(() => tf.oneHot(tf.fill([6], 7, 'int32'), 10)),
      /rows over 3 classes, got rows of 10/,
    ],
    ['soft', () => tf.fill([6, 3], 1 / 3), /soft labels are not supported/],
  ])('refuses labels of a dataset that are %s, and frees the batch', async (_, ys, message) => {
    const model = network();
    const validation = good();
    before = tf.memory().numTensors;
    await expect(tune(model, dataset(ys), validation, { classes: 3, epochs: 1 })).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops by name where only validation breaks the loss', async () => {
    const model = network();
    const validation = { images: tf.tensor2d(points.map(() => [3e38, -3e38, 3e38, -3e38])), labels: classes };
    await expect(tune(model, good(), validation, { protocol: 'paper', epochs: 1 })).rejects.toThrow(
      /the validation loss became (NaN|Infinity) after epoch 0, in batch 0/,
    );
  });
});

describe('scores of every kind of classifier', () => {
  const logits = [
    [2, 0, 0],
    [0, 2, 0],
    [0, 0, 2],
    [0, 1, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const model = (columns: number, activation?: 'softmax' | 'sigmoid'): tf.LayersModel => {
    const made = tf.sequential({
      layers: [
        tf.layers.dense({ units: columns, inputShape: [columns], useBias: false, kernelInitializer: 'identity' }),
        ...(activation ? [tf.layers.activation({ activation })] : []),
      ],
    });
    return made;
  };
  // −ln softmax at the label, by hand.
  const entropy = (rows: number[][], labels: number[]): number =>
    rows.reduce((sum, row, i) => sum + Math.log(row.reduce((a, z) => a + Math.exp(z), 0)) - row[labels[i]!]!, 0) /
    rows.length;

  it.each([undefined, 'softmax'] as const)('activation %s: accuracy 5/6, cross-entropy to 1e-6', async (activation) => {
    const examples = { images: tf.tensor2d(logits), labels: classes };
    expect(await accuracy(model(3, activation), examples)).toBeCloseTo(5 / 6, 12);
    expect(await meanCrossEntropy(model(3, activation), examples)).toBeCloseTo(entropy(logits, classes), 6);
  });

  it.each([undefined, 'sigmoid'] as const)(
    'one number, activation %s: above the middle is class 1',
    async (activation) => {
      const z = [2, -1, 0.5, -3, 1, -0.5];
      const labels = [1, 0, 1, 0, 0, 1];
      const made = tf.sequential({
        layers: [
          tf.layers.dense({
            units: 1,
            inputShape: [1],
            useBias: false,
            kernelInitializer: 'ones',
            ...(activation && { activation }),
          }),
        ],
      });
      const examples = { images: tf.tensor2d(z, [6, 1]), labels };
      expect(await accuracy(made, examples)).toBeCloseTo(4 / 6, 12);
      expect(await meanCrossEntropy(made, examples)).toBeCloseTo(
        entropy(
          z.map((v) => [0, v]),
          labels,
        ),
        6,
      );
    },
  );

  it('of a classifier with one class: all right', async () => {
    const examples = { images: images(), labels: [0, 0, 0, 0, 0, 0] };
    for (const solver of ['adam', 'lbfgs'] as const) {
      const { classifier, validationAccuracy } = await linearProbe(network(), examples, examples, { solver });
      expect([validationAccuracy, await accuracy(classifier, examples)]).toEqual([1, 1]);
    }
  });

  it('refuses labels beyond the classes, outputs that are NaN, and two outputs', async () => {
    await expect(accuracy(model(3), { images: tf.tensor2d(logits), labels: [0, 1, 2, 3, 0, 1] })).rejects.toThrow(
      'accuracy: labels must be class numbers from 0, below the number of classes, 3, got 3',
    );
    const broken = model(3);
    broken.setWeights([tf.fill([3, 3], NaN)]);
    await expect(accuracy(broken, { images: tf.tensor2d(logits), labels: classes })).rejects.toThrow(
      /accuracy: the model's output for example 0 is NaN, .*kernel" is not finite/,
    );
    const input = tf.input({ shape: [3] });
    const two = tf.model({
      inputs: input,
      outputs: [
        tf.layers.dense({ units: 3 }).apply(input),
        tf.layers.dense({ units: 3 }).apply(input),
      ] as tf.SymbolicTensor[],
    });
    await expect(accuracy(two, { images: tf.tensor2d(logits), labels: classes })).rejects.toThrow(
      'expected a model with one output',
    );
  });
});

afterAll(() => tf.disposeVariables());
