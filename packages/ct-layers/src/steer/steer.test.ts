import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { Batch } from '@curvature-tuning/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from '../calibrate/calibrate.js';
import { accuracy } from '../evaluate/accuracy.js';
import { supersedes, validatesBetter } from '../model/adapted.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { linearProbe } from '../probe/linearProbe.js';
import { defaultBetas, paperBetas } from './search.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { steer } from './steer.js';
import { steerByScore } from './steerByScore.js';
import type { SteerResult } from './steer.js';
import type { SteerProgress } from './steerProgress.js';

const inputShape = [6, 6, 1];
const drawn = (seed: number) => tf.initializers.randomNormal({ stddev: 0.5, seed });

/** The same with batch normalisation, whose statistics are not those of the examples. */
function normalized(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape, kernelInitializer: drawn(1) }),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 3, kernelSize: 2, kernelInitializer: drawn(2) }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5 }),
    ],
  });
}

/** A small frozen network, and two classes that its features tell apart. */
function network(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape, kernelInitializer: drawn(1) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: drawn(2) }),
      tf.layers.dense({ units: 5, name: 'old_head' }),
    ],
  });
}

function examples(count: number, seed: number): Batch {
  return tf.tidy(() => {
    const labels = tf.tensor1d(
      Array.from({ length: count }, (_, i) => i % 2),
      'int32',
    );
    const bright = tf.reshape(tf.cast(labels, 'float32'), [count, 1, 1, 1]);
    return { images: tf.add(tf.randomNormal([count, 6, 6, 1], 0, 0.3, 'float32', seed), bright), labels };
  });
}

async function* stream(count: number, batches: number): AsyncIterable<Batch> {
  for (let i = 0; i < batches; i++) yield await Promise.resolve(examples(count, i + 1));
}

const training = { epochs: 5, learningRate: { head: 0.05 } };
const options = { betas: [0.7, 0.9, 1], ...training };

describe.each(['cpu', 'wasm'])('steer and linearProbe on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it('returns the best beta, the whole history and a classifier that scores as it says', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    const heard: SteerProgress[] = [];
    const result = await steer(model, train, validation, { ...options, onProgress: (p) => heard.push(p) });
    expect(result.history.map(({ beta }) => beta)).toEqual(options.betas);
    const best = result.history.reduce((a, b) => (validatesBetter(b, a) ? b : a));
    const own = result.given!;
    const isSteered = supersedes(best, own, 20);
    expect(result.kept).toBe(isSteered ? 'steered' : 'given');
    expect(result.beta).toBe(isSteered ? best.beta : 1);
    const kept = isSteered ? best : own;
    expect([result.validationAccuracy, result.validationLoss]).toEqual([kept.validationAccuracy, kept.validationLoss]);
    expect(result.control).toBeUndefined();
    const ties = result.history.filter(({ validationAccuracy }) => validationAccuracy === best.validationAccuracy);
    expect(result.ties).toBe(ties.length);
    expect(result.validationAccuracy).toBeGreaterThan(0.9);
    expect(await accuracy(result.classifier, validation)).toBe(result.validationAccuracy);
    expect(result.classifier.outputs[0]!.shape).toEqual([null, 2]);
    expect(result.head.getWeights().map(({ shape }) => shape)).toEqual([[8, 2], [2]]);
    expect(result.sites.length).toBe(2);
    // The network's own start and three betas, 60 images and a head each, and 60 images through what is kept of them;
    // before anything is known, then batch by batch.
    expect([heard[0]!.done, heard[0]!.total, heard[0]!.best]).toEqual([0, null, undefined]);
    expect([heard[1]!.done, heard[1]!.total]).toEqual([40, 244]);
    expect([heard.at(-1)!.done, heard.at(-1)!.total, heard.at(-1)!.secondsLeft]).toEqual([304, 304, 0]);
    expect(heard.flatMap(({ step }) => step?.beta ?? [])).toEqual(options.betas);
    expect(heard.at(-1)!.best).toMatchObject({ beta: best.beta, validationAccuracy: best.validationAccuracy });
    expect(heard.every(({ done }, i) => i === 0 || done >= heard[i - 1]!.done)).toBe(true);
    result.dispose();
  });

  it('at beta = 1 alone chooses the same head as the linear probe, to 1e-5', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    for (const solver of ['adam', 'lbfgs'] as const) {
      const steered = await steer(model, train, validation, { ...options, solver, betas: [1] });
      const probed = await linearProbe(model, train, validation, { ...training, solver });
      expect(steered.validationAccuracy).toBe(probed.validationAccuracy);
      const [a, b] = [steered, probed].map(({ classifier }) =>
        (classifier.predict(train.images) as tf.Tensor).dataSync(),
      );
      a!.forEach((v, i) => expect(Math.abs(v - b![i]!)).toBeLessThan(solver === 'adam' ? 1e-5 : 1e-3));
      expect(probed.history.length).toBe(solver === 'adam' ? 5 : 1);
      steered.dispose();
      probed.dispose();
    }
  });

  it('keeps the own curvature of a network with CT layers where no beta of the grid validates better', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    const steered = replaceActivations(model, { beta: 0.8, coeff: 0.4 });
    const result = await steer(steered.model, train, validation, { betas: [0.8], coeff: 0.4 });
    expect([result.kept, result.beta, result.coeff, result.atEdge]).toEqual(['given', 0.8, 0.4, false]);
    expect(result.given!.validationAccuracy).toBe(result.history[0]!.validationAccuracy);
    const [first] = [...curvatureLayers(steered.model).values()];
    first!.setBeta(0.7);
    const mixed = await steer(steered.model, train, validation, { betas: [0] });
    expect([0, null]).toContain(mixed.beta);
    expect(mixed.beta === null).toBe(mixed.kept === 'given');
    for (const one of [result, mixed]) one.dispose();
    steered.model.dispose();
  });

  it('calibrates at every beta, with the statistics of calibrate to 1e-5, and the control is its probe', async () => {
    const [train, validation] = [examples(40, 1), examples(20, 2)];
    const model = normalized();
    const result = await steer(model, train, validation, { betas: [0.5, 0.9] });
    const calibrated = await calibrate(model, train);
    const control = await linearProbe(calibrated.model, train, validation);
    const given = await linearProbe(model, train, validation);
    expect(result.given!.validationAccuracy).toBe(given.validationAccuracy);
    expect(result.control!.validationAccuracy).toBe(control.validationAccuracy);
    expect(Math.abs(result.control!.validationLoss - control.validationLoss)).toBeLessThan(1e-4);
    for (const one of [result.given!, result.control!, ...result.history])
      expect(validatesBetter(one, result)).toBe(false);
    expect(await accuracy(result.classifier, validation)).toBe(result.validationAccuracy);
    if (result.kept !== 'given') {
      const again = await calibrate(result.classifier, train);
      const [kept, estimated] = [result.classifier, again.model].map((m) =>
        m
          .getLayer('norm')
          .getWeights()
          .slice(2)
          .flatMap((w) => [...w.dataSync()]),
      );
      kept!.forEach((value, i) => expect(Math.abs(value - estimated![i]!)).toBeLessThan(1e-5));
      again.dispose();
    }
    const stored = await steer(model, train, validation, { betas: [0.5, 0.9], calibrate: false });
    expect(stored.control).toBeUndefined();
    expect(stored.classifier.getLayer('norm').getWeights()[2]!.dataSync()).toEqual(
      model.getLayer('norm').getWeights()[2]!.dataSync(),
    );
    for (const one of [result, calibrated, control, given, stored]) one.dispose();
  });

  it("finds with every short cut what protocol 'paper' finds without, when both start alike", async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    for (const solver of ['adam', 'lbfgs'] as const) {
      const fast = await steer(model, train, validation, { ...options, solver, betas: [0.6, 0.8, 0.95] });
      for (const [i, beta] of [0.6, 0.8, 0.95].entries()) {
        // A grid of one beta has the first seed in either protocol.
        const plain = await steer(model, train, validation, { ...options, solver, betas: [beta], protocol: 'paper' });
        expect(plain.validationAccuracy).toBe(fast.history[i]!.validationAccuracy);
        if (beta === fast.beta)
          fast.head
            .getWeights()
            .forEach((w, k) =>
              expect(Math.max(...tf.abs(tf.sub(w, plain.head.getWeights()[k]!)).dataSync())).toBeLessThan(
                solver === 'adam' ? 1e-5 : 2e-3,
              ),
            );
        plain.dispose();
      }
      fast.dispose();
    }
  });

  it(
    'interpolates most of a fine grid, computes the best and its neighbours, and finds what computing all ' +
      'of them finds',
    async () => {
      const [model, train, validation] = [network(), examples(40, 1), examples(40, 2)];
      const hard = { epochs: 5, learningRate: { head: 0.01 } };
      const heard: SteerProgress[] = [];
      const fast = await steer(model, train, validation, { ...hard, onProgress: (p) => heard.push(p) });
      const whole = await steer(model, train, validation, { ...hard, interpolate: false });
      expect(whole.history.some(({ interpolated }) => interpolated)).toBe(false);
      expect(fast.history.map(({ beta }) => beta)).toEqual(defaultBetas);
      expect(fast.history.filter(({ interpolated }) => !interpolated).length).toBeLessThan(15);
      expect([fast.beta, fast.validationAccuracy]).toEqual([whole.beta, whole.validationAccuracy]);
      expect(fast.kept).toBe('steered');
      const at = defaultBetas.indexOf(fast.beta!);
      expect(fast.history.slice(Math.max(0, at - 1), at + 2).some(({ interpolated }) => interpolated)).toBe(false);
      fast.history.forEach(({ validationAccuracy, interpolated }, i) => {
        // Interpolated: within one of 40 examples.
        expect(Math.abs(validationAccuracy - whole.history[i]!.validationAccuracy)).toBeLessThanOrEqual(
          interpolated ? 1 / 40 : 0,
        );
      });
      expect(await accuracy(fast.classifier, validation)).toBe(fast.validationAccuracy);
      expect([heard.at(-1)!.secondsLeft, heard.at(-1)!.best!.beta]).toEqual([0, fast.beta]);
      fast.dispose();
      whole.dispose();
    },
  );

  it('computes every beta after all where features jump, so that interpolation is far off', async () => {
    const [train, validation] = [examples(40, 1), examples(20, 2)];
    const jumps = tf.sequential({
      layers: [
        ...network().layers.slice(0, 3),
        tf.layers.dense({
          units: 8,
          activation: 'tanh',
          kernelInitializer: tf.initializers.randomNormal({ stddev: 2000, seed: 3 }),
        }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const fast = await steer(jumps, train, validation, { epochs: 2 });
    const whole = await steer(jumps, train, validation, { epochs: 2, interpolate: false });
    const timeless = ({ history }: SteerResult): unknown =>
      history.map(({ beta, validationAccuracy, interpolated }) => [beta, validationAccuracy, interpolated]);
    expect(timeless(fast)).toEqual(timeless(whole));
    expect(fast.beta).toBe(whole.beta);
    fast.dispose();
    whole.dispose();
  });

  it('asks golden-section search for fewer betas than the grid', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    const betas = Array.from({ length: 21 }, (_, i) => 0.5 + i / 50);
    const golden = await steer(model, train, validation, { ...options, betas, search: 'golden' });
    expect(golden.history.length).toBeLessThan(21);
    expect(golden.history.map(({ beta }) => beta)).toEqual(
      [...golden.history.map(({ beta }) => beta)].sort((a, b) => a - b),
    );
    golden.dispose();
    await expect(steer(model, train, validation, { ...options, betas: [0.9, 0.8], search: 'golden' })).rejects.toThrow(
      'betas must ascend',
    );
  });

  it('steers by a score, on the grid and by golden section, and leaks nothing', async () => {
    const model = network();
    const { images } = examples(4, 1);
    const original = [...(model.predict(images) as tf.Tensor).dataSync()];
    const { numTensors, numDataBuffers } = tf.memory();
    const seen: number[] = [];
    const score = (steered: tf.LayersModel, beta: number | null): Promise<number> => {
      seen.push(beta!);
      // The model has this very curvature.
      const raw = [...curvatureLayers(steered).values()][0]!.getWeights()[0]!.dataSync()[0]!;
      expect(1 / (1 + Math.exp(-raw))).toBeCloseTo(beta!, 6);
      return Promise.resolve(-((beta! - 0.82) ** 2));
    };
    const grid = await steerByScore(model, score);
    expect([grid.beta, grid.score, grid.history.length]).toEqual([0.82, -0, 35]);
    expect([grid.kept, grid.given, grid.ties, grid.atEdge, seen[0]]).toEqual([
      'steered',
      -((1 - 0.82) ** 2),
      1,
      false,
      1,
    ]);
    const golden = await steerByScore(model, score, { search: 'golden' });
    expect(golden.beta).toBe(0.82);
    const own = await steerByScore(model, (_, beta) => Promise.resolve(beta!));
    expect([own.kept, own.beta, own.score]).toEqual(['given', 1, 1]);
    expect([...(own.model.predict(images) as tf.Tensor).dataSync()]).toEqual(original);
    own.dispose();
    const edge = await steerByScore(model, (_, beta) => Promise.resolve(-beta!));
    expect([edge.beta, edge.atEdge]).toEqual([0.3, true]);
    edge.dispose();
    expect(golden.history.length).toBeLessThan(15);
    expect([...(grid.model.predict(images) as tf.Tensor).dataSync()]).not.toEqual(original);
    grid.dispose();
    golden.dispose();
    const [train, validation] = [examples(4, 1), examples(4, 2)];
    await expect(steer(model, train, validation, { score } as never)).rejects.toThrow('steer: unknown option "score"');
    await expect(steer(model, { score } as never, validation)).rejects.toThrow('steer: train must be examples');
    await expect(steerByScore(model, score, train as never)).rejects.toThrow('steerByScore: unknown option "images"');
    for (const set of [train, validation]) tf.dispose([set.images, set.labels]);
    await expect(steerByScore(model, () => Promise.resolve(NaN))).rejects.toThrow(
      'score must resolve to a number, got NaN at beta = 1',
    );
    await expect(steerByScore(model, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(steerByScore(model, score, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
    // The predictions above are the test's own.
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers + 2);
  });

  it('steers by a score with calibration, and gives back what it had where nothing is better', async () => {
    const [model, train] = [normalized(), examples(24, 1)];
    const before = tf.memory().numTensors;
    const mean = (of: tf.LayersModel): number => of.getLayer('norm').getWeights()[2]!.dataSync()[0]!;
    const means = new Map<number, number>();
    const best = await steerByScore(
      model,
      (steered, beta) => {
        means.set(beta!, mean(steered));
        return Promise.resolve(-((beta! - 0.5) ** 2));
      },
      { betas: [0.4, 0.5, 0.6], calibrate: train.images },
    );
    expect([best.kept, best.beta, best.given, best.control]).toEqual(['steered', 0.5, -0.25, -0.25]);
    expect(mean(best.model)).toBe(means.get(0.5));
    expect(new Set(means.values()).size).toBe(4);
    const own = await steerByScore(model, (_, beta) => Promise.resolve(beta!), { calibrate: train });
    expect([own.kept, mean(own.model)]).toEqual(['given', mean(model)]);
    let call = 0;
    const second = await steerByScore(model, () => Promise.resolve(Number(++call === 2)), { calibrate: train });
    expect([second.kept, second.beta, second.control, mean(second.model)]).toEqual(['calibrated', 1, 1, means.get(1)]);
    for (const one of [best, own, second]) one.dispose();
    await expect(steerByScore(network(), () => Promise.resolve(1), { calibrate: train })).rejects.toThrow(
      'has no batch normalisation whose statistics could be estimated',
    );
    expect(tf.memory().numTensors - before).toBe(network().getWeights().length);
  });

  it('is reproducible by seed', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    const run = async (seed: number): Promise<unknown> => {
      const { history, head, dispose } = await steer(model, train, validation, { ...options, solver: 'adam', seed });
      const numbers = [
        history.map(({ validationAccuracy }) => validationAccuracy),
        ...head.getWeights().map((w) => [...w.dataSync()]),
      ];
      dispose();
      return numbers;
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it('takes an async iterable of batches and gives the answer that one batch gives', async () => {
    const model = network();
    const whole = tf.tidy(() => {
      const parts = [1, 2, 3].map((i) => examples(10, i));
      return {
        images: tf.concat(parts.map(({ images }) => images)),
        labels: tf.concat(parts.map(({ labels }) => labels)),
      };
    });
    const a = await steer(model, stream(10, 3), whole, options);
    const b = await steer(model, whole, whole, options);
    expect(a.history.map(({ validationAccuracy }) => validationAccuracy)).toEqual(
      b.history.map(({ validationAccuracy }) => validationAccuracy),
    );
    a.dispose();
    b.dispose();
  });

  it('takes features from a named layer, of any rank', async () => {
    const [model, train, validation] = [network(), examples(40, 1), examples(20, 2)];
    const conv = model.layers[0]!.name;
    const { classifier, head, dispose } = await linearProbe(model, train, validation, { ...training, features: conv });
    expect(head.getWeights()[0]!.shape).toEqual([4 * 4 * 4, 2]);
    expect(await accuracy(classifier, validation)).toBeGreaterThan(0.9);
    dispose();
  });

  it('leaks no tensor over 100 rounds, nor when it is aborted or fails; the model stays usable', async () => {
    const [model, train, validation] = [network(), examples(8, 1), examples(8, 2)];
    const x = examples(1, 3);
    const y = [...(model.predict(x.images) as tf.Tensor).dataSync()];
    const quick = { ...options, betas: [0.8, 0.9], epochs: 1 };
    (await steer(model, train, validation, quick)).dispose();
    const before = tf.memory();
    const unchanged = (): void => {
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    };
    for (let round = 0; round < 100; round++) (await steer(model, train, validation, quick)).dispose();
    unchanged();
    (await steer(model, train, validation, { epochs: 1 })).dispose();
    let heard = 0;
    // Aborted while the best is computed again, after all of the grid.
    await steer(model, train, validation, {
      epochs: 1,
      onProgress: ({ step }) => {
        if (step !== undefined && ++heard === 36) throw new Error('enough');
      },
    }).catch(({ message }: Error) => expect(message).toBe('enough'));
    unchanged();
    for (const solver of ['adam', 'lbfgs'] as const)
      (await linearProbe(model, stream(8, 2), validation, { solver, epochs: 1 })).dispose();
    (await steer(model, train, validation, { ...quick, features: model.layers[0]!.name })).dispose();
    unchanged();

    const controller = new AbortController();
    const abortAfterFirst = steer(model, train, validation, {
      ...quick,
      signal: controller.signal,
      onProgress: ({ step }) => step && controller.abort(new Error('enough')),
    });
    await expect(abortAfterFirst).rejects.toThrow('enough');
    unchanged();
    await expect(
      linearProbe(model, train, validation, { solver: 'lbfgs', signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
    await expect(steer(model, stream(8, 2), validation, { ...quick, classes: 1 })).rejects.toThrow(RangeError);
    await expect(steer(model, train, validation, { ...quick, features: 'nowhere' })).rejects.toThrow(
      'no layer "nowhere"',
    );
    unchanged();
    // Predicting leaves one tensor with the caller.
    const after = model.predict(x.images) as tf.Tensor;
    expect([...after.dataSync()]).toEqual(y);
    after.dispose();
    unchanged();
  });

  it('rejects bad input by name', async () => {
    const [model, train, validation] = [network(), examples(8, 1), examples(8, 2)];
    const { images, labels } = train;
    await expect(steer(model, train, validation, { betas: [0.5, 1.2] })).rejects.toThrow(
      'steer: betas[1] must lie in [0, 1], got 1.2',
    );
    await expect(steer(model, train, validation, { betas: [] })).rejects.toThrow(
      'steer: betas must be a list of at least 1',
    );
    await expect(steer(model, { images: tf.ones([8, 5, 5, 1]), labels }, validation)).rejects.toThrow(
      'steer: train: the model takes images of shape [batch, 6, 6, 1], got [8, 5, 5, 1]',
    );
    await expect(steer(model, train, { images: tf.cast(images, 'int32'), labels })).rejects.toThrow(
      'steer: validation: images must be float32, got int32',
    );
    await expect(steer(model, { images, labels: tf.tensor1d([1, 2, 3], 'int32') }, validation)).rejects.toThrow(
      'steer: train: expected one label for each of 8 images, got 3',
    );
    await expect(steer(model, { images, labels: tf.fill([8], 0.5) }, validation)).rejects.toThrow(
      'labels must be class numbers from 0, got 0.5',
    );
    await expect(steer(model, { images, labels: tf.fill([8], -1, 'int32') }, validation)).rejects.toThrow(
      'class numbers from 0, got -1',
    );
    await expect(steer(model, stream(4, 0), validation)).rejects.toThrow('yielded no batch');
    await expect(linearProbe(model, train, validation, { epochs: 0 })).rejects.toThrow(
      'epochs must be a whole number of at least 1',
    );
    const relu = tf.layers.reLU({ inputShape: [6, 6, 1] }).apply(tf.input({ shape: [6, 6, 1] })) as tf.SymbolicTensor;
    const noDense = tf.model({
      inputs: relu.inputs[0]!,
      outputs: [relu, tf.layers.flatten().apply(relu) as tf.SymbolicTensor],
    });
    await expect(steer(noDense, train, validation)).rejects.toThrow('has 2 outputs and no Dense layer');
  });
});

it("searches 0.30 to 0.98 by default, under 'paper' 0.70 to 0.99", () => {
  expect([defaultBetas.length, defaultBetas[0], defaultBetas[1], defaultBetas.at(-1)]).toEqual([35, 0.3, 0.32, 0.98]);
  expect([paperBetas.length, paperBetas[0], paperBetas[7], paperBetas.at(-1)]).toEqual([30, 0.7, 0.77, 0.99]);
});
