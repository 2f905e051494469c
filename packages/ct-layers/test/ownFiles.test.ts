// Checkpoints and adapters: of another run, edited by hand. Damaged ones are in ownFiles.fuzz.ts.
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, TuneOptions } from '../src/index.js';
import {
  applyAdapter,
  getAdapter,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  tune,
} from '../src/index.js';
import { baseFingerprint, modelFingerprint } from '../src/model.js';
import { examplesFingerprint } from '../src/training.js';
import { smallExamples as examples, smallNetwork as network, weightsOf as bits } from './smallNetwork.js';

beforeAll(() => tf.setBackend('cpu'));

describe('modelFingerprint', () => {
  it('is that of the same network under other names, whoever trained it, and of its copies', async () => {
    const fingerprint = await modelFingerprint(network());
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await modelFingerprint(network())).toBe(fingerprint);
    const other = network({ seed: 5 });
    other.setWeights(network().getWeights());
    expect(await modelFingerprint(other)).toBe(fingerprint);
  });

  it('differs with every weight and statistic, setting, connection and kind of layer', async () => {
    const changed = (layer: string, index: number): tf.LayersModel => {
      const model = network();
      model.getLayer(layer).setWeights(
        model
          .getLayer(layer)
          .getWeights()
          .map((w, i) => (i === index ? tf.add(w, 1e-6) : w)),
      );
      return model;
    };
    const weights = network()
      .layers.flatMap((layer) => layer.weights.map((_, i) => [layer.name, i] as const))
      .filter(([name]) => ['conv', 'bn', 'hidden'].includes(name));
    expect(weights.length).toBe(2 + 4 + 2);
    const models = [
      network(),
      ...weights.map(([layer, i]) => changed(layer, i)),
      network({ activation: 'tanh' }),
      replaceActivations(network(), { beta: 0.9 }).model,
      replaceActivations(network(), { beta: 0.8 }).model,
    ];
    const prints = await Promise.all(models.map((model) => modelFingerprint(model)));
    expect(new Set(prints).size).toBe(models.length);
  });

  it('is that of the weights as they are now', async () => {
    const model = network();
    const [before, base] = [await modelFingerprint(model), await baseFingerprint(model)];
    model.getLayer('bn').setWeights(
      model
        .getLayer('bn')
        .getWeights()
        .map((w) => tf.add(w, 1)),
    );
    expect(await modelFingerprint(model)).not.toBe(before);
    // Adapters change normalisation.
    expect(await baseFingerprint(model)).toBe(base);
    model.getLayer('conv').setWeights(
      model
        .getLayer('conv')
        .getWeights()
        .map((w) => tf.add(w, 1)),
    );
    expect(await baseFingerprint(model)).not.toBe(base);
  });

  it('leaves no tensor', async () => {
    const model = network();
    const { numTensors } = tf.memory();
    await modelFingerprint(model);
    await baseFingerprint(model);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

it('examplesFingerprint tells contents, shapes and labels apart, and holds nothing of a stream', async () => {
  const { images, labels } = examples(6, 1);
  const first = await examplesFingerprint({ images, labels });
  expect(await examplesFingerprint(examples(6, 1))).toBe(first);
  const others = await Promise.all(
    [
      { images: tf.reshape(images, [6, 25]), labels },
      { images, labels: tf.sub(1, labels) as tf.Tensor1D },
      examples(6, 2),
      examples(4, 1),
    ].map((data) => examplesFingerprint(data as { images: tf.Tensor; labels: tf.Tensor1D })),
  );
  expect(new Set([first, ...others]).size).toBe(5);
  expect(
    await examplesFingerprint({
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve({ images, labels });
      },
    }),
  ).toBeNull();
});

describe('a checkpoint', () => {
  const options: TuneOptions = { epochs: 3, batchSize: 4, seed: 2 };
  const [train, validation] = [() => examples(10, 1), () => examples(6, 2)];
  const checkpoints: Uint8Array[] = [];
  let expected: number[][];

  beforeAll(async () => {
    const whole = await tune(network(), train(), validation(), {
      ...options,
      onCheckpoint: (bytes) => void checkpoints.push(bytes.slice()),
    });
    expected = bits(whole.classifier);
    whole.dispose();
  });

  it(
    'is taken up by the same run on another object of the same network and data, and by one of more ' + 'epochs',
    async () => {
      for (const resume of checkpoints) {
        const resumed = await tune(network(), train(), validation(), { ...options, evaluationBatchSize: 2, resume });
        expect(bits(resumed.classifier)).toEqual(expected);
        resumed.dispose();
      }
      const longer = await tune(network(), train(), validation(), { ...options, epochs: 4, resume: checkpoints[2]! });
      const whole = await tune(network(), train(), validation(), { ...options, epochs: 4 });
      expect(bits(longer.classifier)).toEqual(bits(whole.classifier));
      longer.dispose();
      whole.dispose();
    },
  );

  const withStatistics = (): tf.LayersModel => {
    const model = network();
    model.getLayer('bn').setWeights(
      model
        .getLayer('bn')
        .getWeights()
        .map((w) => tf.mul(w, 2)),
    );
    return model;
  };
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'another network',
      'network',
      () => tune(network({ seed: 9 }), train(), validation(), { ...options, resume: checkpoints[1]! }),
    ],
    [
      'other statistics',
      'network',
      () => tune(withStatistics(), train(), validation(), { ...options, resume: checkpoints[1]! }),
    ],
    [
      'another activation',
      'network',
      () =>
        tune(network({ activation: 'tanh' }), train(), validation(), {
          ...options,
          kinds: ['relu'],
          resume: checkpoints[1]!,
        }),
    ],
    [
      'other training examples',
      'training examples',
      () => tune(network(), examples(10, 7), validation(), { ...options, resume: checkpoints[1]! }),
    ],
    [
      'other labels',
      'training examples',
      () =>
        tune(network(), { ...train(), labels: tf.zeros([10], 'int32') as tf.Tensor1D }, validation(), {
          ...options,
          classes: 2,
          resume: checkpoints[1]!,
        }),
    ],
    [
      'other validation examples',
      'validation examples',
      () => tune(network(), train(), examples(6, 7), { ...options, resume: checkpoints[1]! }),
    ],
    [
      'more classes',
      'classes',
      () => tune(network(), train(), validation(), { ...options, classes: 5, resume: checkpoints[1]! }),
    ],
    [
      'another seed',
      'seed',
      () => tune(network(), train(), validation(), { ...options, seed: 3, resume: checkpoints[1]! }),
    ],
    [
      'another batch size',
      'batchSize',
      () => tune(network(), train(), validation(), { ...options, batchSize: 5, resume: checkpoints[1]! }),
    ],
    [
      'another rate',
      'learning rate of curvature',
      () =>
        tune(network(), train(), validation(), {
          ...options,
          learningRate: { own: 0.2 },
          resume: checkpoints[1]!,
        }),
    ],
    [
      'another rate of the head',
      'learning rate of head',
      () =>
        tune(network(), train(), validation(), { ...options, learningRate: { head: 0.2 }, resume: checkpoints[1]! }),
    ],
    [
      'another schedule',
      'schedule',
      () => tune(network(), train(), validation(), { ...options, schedule: () => 0.3, resume: checkpoints[1]! }),
    ],
    [
      'another beta',
      'beta',
      () => tune(network(), train(), validation(), { ...options, beta: 0.6, resume: checkpoints[1]! }),
    ],
    [
      'another coeff',
      'coeff',
      () => tune(network(), train(), validation(), { ...options, coeff: 0.6, resume: checkpoints[1]! }),
    ],
    [
      'another sharing',
      'sharing',
      () => tune(network(), train(), validation(), { ...options, sharing: 'site', resume: checkpoints[1]! }),
    ],
    [
      'frozen statistics',
      'batchNorm',
      () => tune(network(), train(), validation(), { ...options, batchNorm: 'frozen', resume: checkpoints[1]! }),
    ],
    [
      'more that is trained',
      'alsoTrain',
      () => tune(network(), train(), validation(), { ...options, alsoTrain: 'norm', resume: checkpoints[1]! }),
    ],
    [
      'other features',
      'network',
      () => {
        const model = network();
        return tune(model, train(), validation(), {
          ...options,
          features: model.layers[3]!.name,
          resume: checkpoints[1]!,
        });
      },
    ],
    [
      'other sites',
      'network',
      () => tune(network(), train(), validation(), { ...options, include: 'hidden', resume: checkpoints[1]! }),
    ],
    [
      'a stream',
      'training examples',
      () =>
        tune(
          network(),
          {
            async *[Symbol.asyncIterator]() {
              yield await Promise.resolve(train());
            },
          },
          validation(),
          { ...options, classes: 2, batchesPerEpoch: 3, resume: checkpoints[1]! },
        ),
    ],
  ])('of a run with %s is refused, which is named', async (_, name, run) => {
    const error = await run().then(
      () => undefined,
      (e: unknown) => e as Error,
    );
    expect(error?.message).toMatch(
      new RegExp(
        '^resume: the checkpoint was made with .*; pass what that run was given, or start the run ' +
          'anew without \\{resume\\}$',
      ),
    );
    expect(error?.message).toContain(`with ${name} `);
  });
});

describe('an adapter', () => {
  let adapter: Adapter;
  let model: tf.LayersModel;
  beforeAll(async () => {
    const base = network();
    const result = await tune(base, examples(10, 1), examples(6, 2), {
      epochs: 1,
      alsoTrain: ({ layer, name }) => layer === 'hidden' && name === 'bias',
    });
    adapter = await getAdapter(result.classifier);
    ({ model } = replaceActivations(base, { sharing: 'channel' }));
    // The adapter carries the bias that was trained; the base is what it was before.
    expect(adapter.config.base.fingerprint).toBe(await baseFingerprint(model));
    expect(adapter.tensors.has('hidden/bias')).toBe(true);
    result.classifier.getLayer('conv').setWeights(
      result.classifier
        .getLayer('conv')
        .getWeights()
        .map((w) => tf.add(w, 1)),
    );
    expect((await getAdapter(result.classifier)).config.base.fingerprint).not.toBe(adapter.config.base.fingerprint);
  });

  it(
    'leaves the fingerprint of a base whose weights it holds, and weights that are set meanwhile change ' + 'it',
    async () => {
      const fingerprint = await baseFingerprint(model);
      await applyAdapter(model, adapter);
      expect(await baseFingerprint(model)).toBe(fingerprint);
      await applyAdapter(model, adapter, { name: 'again' });
      removeAdapter(model);
      removeAdapter(model, 'again');
      expect(await baseFingerprint(model)).toBe(fingerprint);
      const conv = model.getLayer('conv');
      const before = conv.getWeights().map((w) => w.clone());
      conv.setWeights(before.map((w) => tf.add(w, 1)));
      await expect(applyAdapter(model, adapter)).rejects.toThrow('load the network it was made for');
      conv.setWeights(before);
      await applyAdapter(model, adapter);
      removeAdapter(model);
    },
  );

  it('that another program wrote anew, in another order, is the same', () => {
    const { tensors, metadata } = parseSafetensors(saveAdapter(adapter));
    expect(loadAdapter(serializeSafetensors([...tensors].reverse(), { ...metadata }))).toEqual(adapter);
  });

  const with_ = (
    change: (config: Adapter['config'], tensors: Map<string, { shape: number[]; data: Float32Array }>) => unknown,
  ): Adapter => {
    const copy = {
      config: structuredClone(adapter.config),
      tensors: new Map(
        [...adapter.tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]),
      ),
    };
    change(copy.config, copy.tensors);
    return copy;
  };
  it.each<[string, RegExp, () => unknown]>([
    [
      'null',
      /adapter must be an adapter \{config, tensors\} of finite numbers that agree with its config, got null/,
      () => null,
    ],
    ['tensors as an object', /adapter\.tensors must be a Map/, () => ({ ...adapter, tensors: {} })],
    [
      'NaN in a head',
      /adapter must be .* of finite numbers .*, got NaN in the tensor head\/kernel; train anew/,
      () => with_((_, tensors) => tensors.get('head/kernel')!.data.fill(NaN, 2, 3)),
    ],
    [
      'an infinite statistic',
      /got Infinity in the tensor bn\/moving_mean; /,
      () => with_((_, tensors) => tensors.get('bn/moving_mean')!.data.fill(Infinity)),
    ],
    [
      'NaN curvature',
      /got NaN in the tensor \S+\/beta; /,
      () => with_((_, tensors) => [...tensors].find(([name]) => name.endsWith('/beta'))![1].data.fill(NaN)),
    ],
    [
      'too few numbers',
      /got the tensor head\/kernel of shape \[4, 2\] with 7 numbers/,
      () => with_((_, tensors) => (tensors.get('head/kernel')!.data = new Float32Array(7))),
    ],
    [
      'another version',
      /adapter\.config\.version must be version 1, got 2; update/,
      () => with_((config) => ((config as { version: number }).version = 2)),
    ],
    [
      'no fingerprint',
      /adapter\.config\.base\.fingerprint must be a fingerprint of 16 hexadecimal digits, got ""/,
      () => with_((config) => (config.base.fingerprint = '')),
    ],
    [
      'an unknown sharing',
      /adapter\.config\.sharing must be 'channel', 'site', 'block', 'stage' or 'model', got "row"/,
      () => with_((config) => ((config as { sharing: string }).sharing = 'row')),
    ],
    [
      'a head of another size',
      /got config\.head of \[4, 7\] and a head\/kernel of shape \[4, 2\]/,
      () => with_((config) => (config.head!.classes = 7)),
    ],
    [
      'no head where there is one',
      /got config\.head of null and a head\/kernel of shape \[4, 2\]/,
      () => with_((config) => (config.head = null)),
    ],
    [
      'statistics that it denies',
      /got config\.batchNorm of false and moving statistics/,
      () => with_((config) => (config.batchNorm = false)),
    ],
    [
      'a further field',
      /unknown field of adapter\.config "extra"/,
      () => with_((config) => ((config as unknown as { extra: number }).extra = 1)),
    ],
  ])('with %s is refused by applyAdapter and saveAdapter by name; the model is as it was', async (_, message, make) => {
    const [before, { numTensors }] = [bits(model), tf.memory()];
    await expect(applyAdapter(model, make() as Adapter, { force: true })).rejects.toThrow(message);
    expect(() => saveAdapter(make() as Adapter)).toThrow(message);
    expect(bits(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
