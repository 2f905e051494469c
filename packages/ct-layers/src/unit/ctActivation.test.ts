import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CTActivation, ctActivation } from './ctActivation.js';
import { phi } from '@curvature-tuning/activation/math';

interface Flat {
  shape: number[];
  data: number[];
}

const trace = JSON.parse(readFileSync(new URL('../../test/golden/tct_module.json', import.meta.url), 'utf8')) as {
  cases: {
    x: Flat;
    upstream: Flat;
    raw_beta: number[];
    raw_coeff: number[];
    f64: Record<'y' | 'dx' | 'd_raw_beta' | 'd_raw_coeff', number[]>;
  }[];
};

describe.each(['cpu', 'wasm'])('ctActivation on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    tf.engine().startScope();
  });
  afterAll(() => tf.engine().endScope());

  it('is one value per channel unless told otherwise, and sharedAxes widens or narrows that', () => {
    const weightShapes = (sharedAxes?: number | number[]): number[][] => {
      const layer = ctActivation(sharedAxes === undefined ? {} : { sharedAxes });
      layer.apply(tf.input({ shape: [4, 6, 3] }));
      return layer.weights.map(({ shape }) => shape as number[]);
    };
    expect(weightShapes()).toEqual([
      [1, 1, 3],
      [1, 1, 3],
    ]);
    expect(weightShapes([1, 2, 3])).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(weightShapes(1)).toEqual([
      [1, 6, 3],
      [1, 6, 3],
    ]);
    expect(weightShapes([])).toEqual([
      [4, 6, 3],
      [4, 6, 3],
    ]);
  });

  it('just works in a Sequential model, agrees with float64 to 1e-6 and trains', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 3, inputShape: [2] }));
    model.add(ctActivation({ beta: 0.9, coeff: 0.25 }));
    const x = tf.tensor2d([
      [1, -2],
      [0.5, 3],
    ]);
    const before = (
      tf.model({ inputs: model.inputs, outputs: model.layers[0]!.output }).predict(x) as tf.Tensor
    ).dataSync();
    const y = (model.predict(x) as tf.Tensor).dataSync();
    y.forEach((v, i) => expect(Math.abs(v - phi(before[i]!, 0.9, 0.25))).toBeLessThan(1e-6));

    model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.5) });
    const raw = model.layers[1]!.getWeights().map((w) => [...w.dataSync()]);
    await model.fit(x, tf.ones([2, 3]), { epochs: 2, verbose: 0 });
    expect(model.layers[1]!.getWeights().map((w) => [...w.dataSync()])).not.toEqual(raw);
    expect(model.countParams()).toBe(2 * 3 + 3 + 6);
  });

  it('matches the reference layer in y, dx and the raw gradients to 1e-6 · max(1, |exact|)', () => {
    for (const { x, upstream, raw_beta, raw_coeff, f64: exact } of trace.cases) {
      const layer = ctActivation();
      layer.apply(tf.input({ shape: x.shape.slice(1) }));
      layer.setWeights([raw_beta, raw_coeff].map((raw, i) => tf.tensor(raw, layer.weights[i]!.shape as number[])));
      const input = tf.tensor(x.data, x.shape);
      const f = (t: tf.Tensor): tf.Scalar => tf.sum(tf.mul(layer.call(t), tf.tensor(upstream.data, upstream.shape)));
      const got = {
        y: layer.call(input),
        dx: tf.grad(f)(input),
        ...Object.fromEntries(
          Object.entries(tf.variableGrads(() => f(input)).grads).map(([name, g]) => [
            name.includes('beta') ? 'd_raw_beta' : 'd_raw_coeff',
            g,
          ]),
        ),
      } as Record<keyof typeof exact, tf.Tensor>;
      for (const name of ['y', 'dx', 'd_raw_beta', 'd_raw_coeff'] as const) {
        const values = got[name].dataSync();
        expect(values.length, name).toBe(exact[name].length);
        exact[name].forEach((e, i) =>
          expect(Math.abs(values[i]! - e), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(e))),
        );
      }
    }
  });

  it('survives JSON and weights, beta = 1 included, with identical outputs', async () => {
    const x = tf.randomNormal([5, 4, 4, 2]);
    for (const beta of [0, 0.3, 1]) {
      const model = tf.sequential({
        layers: [ctActivation({ beta, coeff: 0.75, inputShape: [4, 4, 2], name: 'act' })],
      });
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler((artifacts) => {
          saved = artifacts;
          return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
        }),
      );
      // Through text, as a file would.
      const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
      const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
      expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());

      const rebuilt = await tf.models.modelFromJSON(JSON.parse(model.toJSON() as string) as never);
      expect((rebuilt.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
      expect(rebuilt.getLayer('act').getConfig()).toEqual(model.getLayer('act').getConfig());
    }
  });

  it('round-trips initializers, regularizers and constraints, which act on raw values', () => {
    const layer = ctActivation({
      betaInitializer: tf.initializers.constant({ value: 2 }),
      coeffInitializer: 'ones',
      betaRegularizer: tf.regularizers.l2({ l2: 0.1 }),
      coeffConstraint: tf.constraints.nonNeg(),
      inputShape: [3],
    });
    const copy = new CTActivation(layer.getConfig());
    copy.apply(tf.input({ shape: [3] }));
    expect(copy.getConfig()).toEqual({ ...layer.getConfig() });
    expect([...copy.getWeights()[0]!.dataSync()]).toEqual([2, 2, 2]);
    expect([...copy.getWeights()[1]!.dataSync()]).toEqual([1, 1, 1]);
    expect(copy.calculateLosses()[0]!.dataSync()[0]).toBeCloseTo(0.1 * 12, 5);
    expect(layer.getConfig()['coeffConstraint']).toMatchObject({ className: 'NonNeg' });
  });

  it('passes masks on', () => {
    const layer = ctActivation();
    expect(layer.supportsMasking).toBe(true);
    const mask = tf.ones([2, 3], 'bool');
    expect(layer.computeMask(tf.ones([2, 3, 4]), mask)).toBe(mask);
  });

  it('sets beta and coeff at once', () => {
    const layer = ctActivation();
    const x = tf.tensor2d([[-1, 2]]);
    layer.apply(tf.input({ shape: [2] }));
    for (const [beta, coeff] of [
      [1, 0.5],
      [0.5, 1],
      [0, 0],
    ] as const) {
      layer.setBeta(beta);
      layer.setCoeff(coeff);
      layer
        .call(x)
        .dataSync()
        .forEach((v, i) => expect(v).toBeCloseTo(phi([-1, 2][i]!, beta, coeff), 6));
    }
  });

  it('frees its weights', () => {
    const before = tf.memory().numTensors;
    const model = tf.sequential({ layers: [ctActivation({ inputShape: [3] })] });
    expect(tf.memory().numTensors).toBe(before + 2);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects bad input by name', () => {
    expect(() => ctActivation({ beta: 1.2 })).toThrow(new RangeError('ctActivation: beta must lie in [0, 1], got 1.2'));
    expect(() => ctActivation({ coeff: -1 })).toThrow('coeff must lie in [0, 1], got -1');
    expect(() => ctActivation({ dtype: 'int32' })).toThrow('dtype must be float32, got int32');
    expect(() => ctActivation().setBeta(0.5)).toThrow('has no weights yet');
    expect(() => ctActivation({ sharedAxes: [] }).apply(tf.input({ shape: [null, 3] }))).toThrow('axis 1 of');
    const layer = ctActivation();
    layer.apply(tf.input({ shape: [3] }));
    expect(() => layer.setBeta(2)).toThrow(new RangeError('setBeta: beta must lie in [0, 1], got 2'));
    expect(() => layer.apply(tf.input({ shape: [4] }))).toThrow('Input 0 is incompatible with layer ct');
  });
});
