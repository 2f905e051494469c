import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/cpu';
import '@curvature-tuning/activation/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from '../calibrate/calibrate.js';
import { accuracy } from '../evaluate/accuracy.js';
import { meanCrossEntropy } from '../evaluate/meanCrossEntropy.js';
import { supersedes } from '../model/adapted.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { linearProbe } from '../probe/linearProbe.js';
import type { EpochRecord } from './epochRecord.js';
import { NonFiniteLossError } from './nonFiniteLoss.js';
import type { Examples } from '../index.js';
import type { TuneOptions, TuneResult } from './tune.js';
import { tune } from './tune.js';

/** Bright images with a stripe across (class 0) or down (class 1), and noise. */
function examples(count: number, seed: number): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  return tf.tidy(() => {
    const labels = tf.tensor1d(
      Array.from({ length: count }, (_, i) => (i + seed) % 2),
      'int32',
    );
    const stripes = tf.tensor(
      Array.from({ length: count }, (_, n) =>
        Array.from({ length: 6 }, (_, i) =>
          Array.from({ length: 6 }, (_, j) => [((n + seed) % 2 === 0 ? i : j) === 2 ? 1 : 0]),
        ),
      ),
    );
    return {
      images: tf.add(stripes, tf.randomNormal([count, 6, 6, 1], 0, 0.3, 'float32', seed + 1)) as tf.Tensor4D,
      labels,
    };
  });
}

/** A small network with everything that matters: batch norm, dropout, a fused ReLU, a shared ReLU layer, a skip. */
function network(): tf.LayersModel {
  let seed = 0;
  const kernelInitializer = (): ReturnType<typeof tf.initializers.heNormal> =>
    tf.initializers.heNormal({ seed: ++seed });
  const input = tf.input({ shape: [6, 6, 1] });
  const relu = tf.layers.reLU({ name: 'relu' });
  const block = (x: tf.SymbolicTensor, i: number): tf.SymbolicTensor => {
    const args = { filters: 4, kernelSize: 3, padding: 'same' as const, kernelInitializer: kernelInitializer() };
    const y = tf.layers.conv2d({ name: `conv${i}`, ...args }).apply(x);
    return relu.apply(tf.layers.batchNormalization({ name: `bn${i}` }).apply(y)) as tf.SymbolicTensor;
  };
  const a = block(input, 1);
  const b = block(a, 2);
  const pooled = tf.layers
    .globalAveragePooling2d({ dataFormat: 'channelsLast' })
    .apply(tf.layers.add().apply([a, b])) as tf.SymbolicTensor;
  const hidden = tf.layers
    .dense({ name: 'hidden', units: 5, activation: 'relu', kernelInitializer: kernelInitializer() })
    .apply(tf.layers.dropout({ rate: 0.1 }).apply(pooled));
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ name: 'logits', units: 3 }).apply(hidden) as tf.SymbolicTensor,
  });
}

const quick: TuneOptions = { epochs: 3, batchSize: 8 };
const numbers = ({ classifier }: TuneResult): number[][] => classifier.getWeights().map((w) => [...w.dataSync()]);

describe.each(['cpu', 'wasm'])('tune on %s', (backend) => {
  let [model, train, validation] = [undefined!, undefined!, undefined!] as [
    tf.LayersModel,
    ReturnType<typeof examples>,
    ReturnType<typeof examples>,
  ];

  beforeAll(async () => {
    await tf.setBackend(backend);
    [model, train, validation] = [network(), examples(40, 1), examples(21, 2)];
  });
  afterAll(() => tf.disposeVariables());

  it('learns, trains (beta, c) per channel, the head and the moving statistics, and nothing else', async () => {
    const before = model.getWeights().map((w) => [...w.dataSync()]);
    const result = await tune(model, train, validation, {
      protocol: 'paper',
      epochs: 12,
      batchSize: 8,
      learningRate: { head: 0.05 },
    });
    expect(result.history.length).toBe(12);
    expect(Math.max(...result.history.map(({ validationAccuracy }) => validationAccuracy))).toBe(
      result.validationAccuracy,
    );
    // The first epoch on ties.
    expect(result.history.findIndex(({ validationAccuracy }) => validationAccuracy === result.validationAccuracy)).toBe(
      result.bestEpoch,
    );
    expect(result.validationAccuracy).toBeGreaterThan(0.85);
    expect(await accuracy(result.classifier, validation)).toBe(result.validationAccuracy);
    // Two layers with four and five channels; the head from 5 features to 2 classes.
    expect(result.parameters).toEqual({ withoutHead: 2 * (4 + 5), total: 2 * (4 + 5) + 5 * 2 + 2 });
    expect(result.sites.map(({ source, channels, calls }) => [source, channels, calls])).toEqual([
      ['relu', 4, 2],
      ['hidden', 5, 1],
    ]);
    for (const layer of curvatureLayers(result.classifier).values()) {
      for (const w of layer.getWeights()) expect(new Set(w.dataSync()).size).toBe(w.size);
    }
    for (const name of ['conv1', 'bn1', 'conv2', 'bn2', 'hidden']) {
      const [old, now] = [model, result.classifier].map((m) =>
        m
          .getLayer(name)
          .getWeights()
          .map((w) => [...w.dataSync()]),
      );
      now!.forEach((values, i) =>
        name.startsWith('bn') && i >= 2 ? expect(values).not.toEqual(old![i]) : expect(values).toEqual(old![i]),
      );
    }
    // The caller's model is as it was.
    expect(model.getWeights().map((w) => [...w.dataSync()])).toEqual(before);
    result.dispose();
  });

  it('computes no gradient of a filter, a bias or a normalisation, those of beta and c by fused kernels', async () => {
    const counts: Record<string, number> = {};
    // The kernels of the second step; the first may build shaders and caches.
    const result = await tune(model, train, validation, {
      ...quick,
      epochs: 1,
      callbacks: {
        onBatchBegin: (batch) => {
          if (batch !== 1) return;
          const engine = tf.engine() as unknown as {
            state: { profiling: boolean; activeProfile: { kernels: { name: string }[] } };
          };
          engine.state.profiling = true;
          engine.state.activeProfile = { ...engine.state.activeProfile, kernels: [] };
        },
        onBatchEnd: (batch) => {
          if (batch !== 1) return;
          const engine = tf.engine() as unknown as {
            state: { profiling: boolean; activeProfile: { kernels: { name: string }[] } };
          };
          engine.state.profiling = false;
          for (const { name } of engine.state.activeProfile.kernels) counts[name] = (counts[name] ?? 0) + 1;
        },
      },
    });
    expect(counts['Conv2D']).toBe(2);
    // Two sites lie behind conv2, one behind conv1, whose input needs no gradient.
    expect(counts['Conv2DBackpropInput']).toBe(1);
    expect(Object.keys(counts).filter((name) => /BackpropFilter|FusedConv2D|_FusedMatMul/.test(name))).toEqual([]);
    // Two of the three units are computed with the normalisation before them.
    expect([counts['NormalizeBatch'], counts['NormalizeBatchGrad']]).toEqual([2, 2]);
    expect([counts['Ctu'], counts['CtuGrad']]).toEqual([1, 1]);
    result.dispose();
  });

  it('trains the norm, slopes, affine parts or chosen weights beside, with counts that say so', async () => {
    const trained = async (options: TuneOptions): Promise<number> => {
      const result = await tune(model, train, validation, { ...quick, epochs: 1, ...options });
      const { withoutHead } = result.parameters;
      result.dispose();
      return withoutHead;
    };
    expect(await trained({ alsoTrain: 'norm' })).toBe(18 + 2 * 8);
    expect(await trained({ alsoTrain: 'slope' })).toBe(18 + 9);
    expect(await trained({ alsoTrain: ['affine'], curvature: 'frozen', beta: 1 })).toBe(18);
    expect(await trained({ alsoTrain: ({ layer, name }) => layer === 'hidden' && name === 'bias' })).toBe(18 + 5);
    expect(await trained({ sharing: 'site' })).toBe(4);
    expect(await trained({ sharing: 'stage' })).toBe(4);
    expect(await trained({ sharing: 'model' })).toBe(2);
    expect(await trained({ sharing: 'site', calls: 'split' })).toBe(6);
    expect(await trained({ curvature: 'frozen', beta: 1 })).toBe(0);
  });

  it('keeps one value in tied units', async () => {
    const result = await tune(model, train, validation, { ...quick, sharing: 'model' });
    const [a, b] = [...curvatureLayers(result.classifier).values()].map((layer) =>
      layer.getWeights().map((w) => [...w.dataSync()]),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual([[1.386], [0]]);
    result.dispose();
  });

  it("leaves the moving statistics alone with batchNorm: 'frozen'", async () => {
    const result = await tune(model, train, validation, { ...quick, batchNorm: 'frozen' });
    for (const name of ['bn1', 'bn2'])
      expect(
        result.classifier
          .getLayer(name)
          .getWeights()
          .map((w) => [...w.dataSync()]),
      ).toEqual(
        model
          .getLayer(name)
          .getWeights()
          .map((w) => [...w.dataSync()]),
      );
    result.dispose();
  });

  it.each(['strict', 'paper'] as const)(
    'under %s is reproducible by seed, and a run killed after any epoch goes on to the same result from its checkpoint',
    async (protocol) => {
      const checkpoints: Uint8Array[] = [];
      const whole = await tune(model, train, validation, {
        ...quick,
        protocol,
        seed: 3,
        onCheckpoint: (bytes) => void checkpoints.push(bytes),
      });
      const expected = numbers(whole);
      const history = whole.history.map((record: EpochRecord) => ({ ...record, seconds: 0 }));
      whole.dispose();
      const other = await tune(model, train, validation, { ...quick, protocol, seed: 4 });
      // Under 'strict' the start may have been kept, which no seed changes.
      expect(other.history.map(({ loss }) => loss)).not.toEqual(history.map(({ loss }) => loss));
      other.dispose();
      expect(checkpoints.length).toBe(3);
      for (const resume of checkpoints) {
        const resumed = await tune(model, train, validation, { ...quick, protocol, seed: 3, resume });
        expect(numbers(resumed)).toEqual(expected);
        expect(resumed.history.map((record) => ({ ...record, seconds: 0 }))).toEqual(history);
        resumed.dispose();
      }
      await expect(
        tune(model, train, validation, { ...quick, protocol, seed: 5, resume: checkpoints[0]! }),
      ).rejects.toThrow('the checkpoint was made with seed 3, this run has 5');
      await expect(
        tune(model, train, validation, { ...quick, protocol, seed: 3, sharing: 'site', resume: checkpoints[0]! }),
      ).rejects.toThrow(
        /with sizes of curvature 4 4 5 5, this run has 1 1 1 1; .*with sharing channel, this run has site/,
      );
      await expect(tune(model, train, validation, { ...quick, resume: new Uint8Array(3) })).rejects.toThrow(
        'resume: the checkpoint is damaged',
      );
    },
  );

  it('takes streams and datasets, with class numbers or one-hot labels, and resumes them', async () => {
    const rows = (start: number, size: number): { images: tf.Tensor; labels: tf.Tensor1D } => ({
      images: tf.slice(train.images, start, size),
      labels: tf.slice(train.labels, start, size),
    });
    let begun = 0;
    const stream: Examples = {
      async *[Symbol.asyncIterator]() {
        const offset = begun++ % 2;
        for (let i = 0; i < 5; i++) yield await Promise.resolve(rows(8 * ((i + offset) % 5), 8));
      },
    };
    // The generator counts when it is first read, a shuffled stream when it is begun: count at the start here too.
    const eager: Examples = {
      [Symbol.asyncIterator]: () => {
        const offset = begun++ % 2;
        return (async function* () {
          for (let i = 0; i < 5; i++) yield await Promise.resolve(rows(8 * ((i + offset) % 5), 8));
        })();
      },
    };
    await expect(tune(model, stream, validation, { ...quick, classes: 2 })).rejects.toThrow('pass {batchesPerEpoch}');
    await expect(tune(model, stream, validation, quick)).rejects.toThrow('pass {classes}');
    const checkpoints: Uint8Array[] = [];
    begun = 0;
    const options = { ...quick, classes: 2, batchesPerEpoch: 5 };
    const whole = await tune(model, eager, validation, {
      ...options,
      onCheckpoint: (bytes) => void checkpoints.push(bytes),
    });
    begun = 0;
    const resumed = await tune(model, eager, validation, { ...options, resume: checkpoints[1]! });
    expect(numbers(resumed)).toEqual(numbers(whole));
    const xs = tf.data.array((await train.images.array()) as number[][][][]).map((x) => tf.tensor3d(x as never));
    const ys = tf.data.array((await tf.oneHot(train.labels, 2).array()) as number[][]);
    const dataset = tf.data.zip({ xs, ys }).batch(8);
    const fromDataset = await tune(model, dataset as never, validation, { ...quick, classes: 2 });
    expect(fromDataset.history.length).toBe(3);
    [whole, resumed, fromDataset].forEach((result) => result.dispose());
  });

  it('calls tfjs callbacks, and early stopping stops it', async () => {
    const heard: string[] = [];
    const custom = new tf.CustomCallback({
      onEpochEnd: (epoch, logs) => void heard.push(`${epoch} ${Object.keys(logs!).join()}`),
    });
    const result = await tune(model, train, validation, {
      ...quick,
      epochs: 20,
      learningRate: { own: 1e-9, head: 1e-9 },
      callbacks: [custom, tf.callbacks.earlyStopping({ monitor: 'val_acc', patience: 1 })] as never,
    });
    expect(heard.length).toBe(result.history.length);
    expect(heard[0]).toBe('0 loss,acc,val_loss,val_acc');
    expect(result.history.length).toBeLessThan(5);
    result.dispose();
  });

  it('reports progress with loss, best accuracy and time left', async () => {
    const heard: number[] = [];
    const result = await tune(model, train, validation, {
      ...quick,
      onProgress: ({ phase, epoch, epochs, step, steps, loss, best, secondsLeft, epochRecord }) => {
        expect([epochs, steps]).toEqual([3, 5]);
        if (phase === 'prepare') return;
        heard.push(epoch * 5 + step);
        expect(heard.length === 1 ? secondsLeft === null : Number.isFinite(loss) && secondsLeft! >= 0).toBe(true);
        expect(best === undefined).toBe(epoch === 0 && epochRecord === undefined);
      },
    });
    // What takes long is told again.
    expect([...new Set(heard)]).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    result.dispose();
  });

  it(
    'stops at a loss that is not finite and names epoch, step and site; what was learnt before is in the ' +
      'checkpoint',
    async () => {
      const broken = {
        images: tf.concat([train.images, tf.fill([8, 6, 6, 1], 3e38)]),
        labels: tf.concat([train.labels, tf.zeros([8], 'int32')]) as tf.Tensor1D,
      };
      const error = await tune(model, broken, validation, { ...quick, protocol: 'paper', batchSize: 48 }).catch(
        (e: unknown) => e as NonFiniteLossError,
      );
      expect(error).toBeInstanceOf(NonFiniteLossError);
      expect(error).toMatchObject({
        epoch: 0,
        step: 0,
        // The sums of normalisation are float64, and 1/sqrt(Infinity) is 0.
        site: 'hidden_ctu',
        history: [],
        message: expect.stringContaining(
          'tune: the loss became NaN in epoch 0, step 0; the first output that is not finite is that of ' +
            '"hidden_ctu"; no epoch was completed',
        ) as string,
      });

      // Two good epochs, then a step to infinity.
      const checkpoints: Uint8Array[] = [];
      const options: TuneOptions = {
        ...quick,
        protocol: 'paper',
        epochs: 4,
        schedule: (epoch) => (epoch < 2 ? 1 : Infinity),
        onCheckpoint: (bytes) => void checkpoints.push(bytes),
      };
      await expect(tune(model, train, validation, options)).rejects.toMatchObject({
        epoch: 2,
        step: 1,
        site: undefined,
        // An infinite raw beta is the curvature 0 or 1, which is finite; an infinite head is not.
        message: expect.stringContaining(
          'no site has an output that is not finite, so it is the loss or the head; the best epoch is kept',
        ) as string,
      });
      expect(checkpoints.length).toBe(2);
      const saved = await tune(model, train, validation, { ...options, epochs: 2, resume: checkpoints[1]! });
      expect(saved.history.length).toBe(2);
      expect(saved.classifier.getWeights().every((w) => tf.all(tf.isFinite(w)).dataSync()[0] === 1)).toBe(true);
      saved.dispose();
    },
  );

  it('leaks no tensor over 1,000 steps, nor when it is aborted or fails', async () => {
    (await tune(model, train, validation, quick)).dispose();
    const before = tf.memory();
    const unchanged = (): void => {
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    };
    const during: number[] = [];
    (
      await tune(model, train, validation, {
        batchSize: 2,
        epochs: 50,
        callbacks: { onBatchBegin: () => void during.push(tf.memory().numTensors) },
      })
    ).dispose();
    expect(during.length).toBe(1000);
    expect(new Set(during.slice(20)).size).toBe(1);
    unchanged();
    const controller = new AbortController();
    await expect(
      tune(model, train, validation, {
        ...quick,
        signal: controller.signal,
        onProgress: ({ step }) => step === 2 && controller.abort(new Error('enough')),
      }),
    ).rejects.toThrow('enough');
    unchanged();
    await expect(tune(model, train, validation, { ...quick, include: 'nothing' })).rejects.toThrow(
      '"nothing" is no activation',
    );
    await expect(tune(model, train, validation, { ...quick, features: 'nowhere' })).rejects.toThrow(
      'no layer "nowhere"',
    );
    await expect(tune(model, train, validation, { ...quick, alsoTrain: () => false })).rejects.toThrow(
      '"also" selects no weight',
    );
    await expect(tune(model, train, validation, { ...quick, epochs: 0 })).rejects.toThrow(
      'epochs must be a whole number of at least 1, got 0',
    );
    unchanged();
  });

  it('starts from heads at their optimum, and never validates worse than the probe', async () => {
    const probed = await linearProbe(model, train, validation);
    const calibrated = await calibrate(model, train);
    const control = await linearProbe(calibrated.model, train, validation);
    const idle = await tune(model, train, validation, { ...quick, learningRate: { own: 1e-9, head: 1e-9 } });
    expect(idle.starts.map(({ state }) => state)).toEqual(['given', 'calibrated', 'departure']);
    for (const [i, { validationAccuracy, validationLoss }] of [probed, control].entries()) {
      expect(idle.starts[i]!.validationAccuracy).toBe(validationAccuracy);
      expect(Math.abs(idle.starts[i]!.validationLoss - validationLoss)).toBeLessThan(1e-4);
    }
    const ofValidation = validation.images.shape[0];
    const best = idle.starts.reduce((a, b) => (supersedes(b, a, ofValidation) ? b : a));
    expect(supersedes(best, idle, ofValidation)).toBe(false);
    for (const result of [
      idle,
      await tune(model, train, validation, { ...quick, learningRate: { own: 3, head: 3 } }),
    ]) {
      expect(await accuracy(result.classifier, validation)).toBe(result.validationAccuracy);
      const loss = await meanCrossEntropy(result.classifier, validation);
      expect(Math.abs(loss - result.validationLoss)).toBeLessThan(1e-5);
      if (result.bestEpoch === null) {
        // The network's own start has its ReLUs.
        const { state } = result.starts.find(({ validationLoss }) => validationLoss === result.validationLoss)!;
        for (const unit of curvatureLayers(result.classifier).values())
          expect(new Set(unit.rawWeights.beta.read().dataSync())).toEqual(
            new Set([state === 'departure' ? Math.fround(1.386) : 128]),
          );
      }
      result.dispose();
    }
    for (const result of [probed, control, calibrated]) result.dispose();
  });

  it('keeps statistics of all training images with every epoch', async () => {
    const result = await tune(model, train, validation, { ...quick, batchNorm: 'calibrate' });
    const again = await calibrate(result.classifier, train.images);
    for (const name of ['bn1', 'bn2']) {
      const [kept, estimated, given] = [result.classifier, again.model, model].map((m) =>
        m
          .getLayer(name)
          .getWeights()
          .slice(2)
          .flatMap((w) => [...w.dataSync()]),
      );
      if (result.bestEpoch !== null || result.starts.at(-1)!.validationLoss === result.validationLoss)
        kept!.forEach((value, i) => expect(Math.abs(value - estimated![i]!)).toBeLessThan(1e-5));
      expect(estimated).not.toEqual(given);
    }
    again.dispose();
    result.dispose();
  });

  it('rejects bad input by name', async () => {
    await expect(tune(model, train, validation, { beta: 1 })).rejects.toThrow(
      new RangeError('tune: beta must lie in (0, 1) to be trained, got 1; at 0 and 1 it has no gradient'),
    );
    await expect(tune(model, train, validation, { alsoTrain: 'norms' as 'norm' })).rejects.toThrow(
      "alsoTrain must be 'norm', 'slope', 'affine' or a predicate",
    );
    await expect(
      tune(model, { images: tf.ones([8, 5, 5, 1]), labels: tf.zeros([8], 'int32') as tf.Tensor1D }, validation, quick),
    ).rejects.toThrow('tune: train: the model takes images of shape [batch, 6, 6, 1], got [8, 5, 5, 1]');
  });
});

it('says what to import when wasm lacks the gradient of a depthwise convolution', async () => {
  await tf.setBackend('wasm');
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu', inputShape: [6, 6, 1] }),
      tf.layers.depthwiseConv2d({ kernelSize: 3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2 }),
    ],
  });
  await expect(tune(net, examples(8, 1), examples(8, 2), quick)).rejects.toThrow(
    'tune: the backend "wasm" lacks the kernel DepthwiseConv2dNativeBackpropInput, which a gradient of ' +
      `this model needs; import '@curvature-tuning/wasm-gradients' first, which has it`,
  );
});
