import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { phi } from '@curvature-tuning/activation/math';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CTActivation } from '../unit/ctActivation.js';
import type { ActivationKind } from '../unit/activationKind.js';
import type { ActivationSite } from '../unit/activationSite.js';
import { difference, models } from '../../test/structures.js';
import { copyModel } from '../copy/rebuild.js';
import type { ReplaceActivationsOptions } from './replaceActivations.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { replaceActivations } from './replaceActivations.js';
import { savedModel } from '../../test/savedModel.js';

/** The CT layers of sites, in their order. */
function activationsAt(model: tf.LayersModel, sites: readonly ActivationSite[]): CTActivation[] {
  const layers = curvatureLayers(model);
  return sites.map(({ layer }) => layers.get(layer)!);
}

describe.each(['cpu', 'wasm'])('replaceActivations on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  for (const [name, make] of Object.entries(models)) {
    it(`equals the original to 1e-6 at beta = 1, moves with beta, and leaves the original alone: ${name}`, async () => {
      const original = make();
      // Everything random, so that a weight in the wrong place shows.
      original.layers.forEach((layer) =>
        layer.setWeights(layer.weights.map((w) => tf.randomUniform(w.shape as number[], 0.2, 1))),
      );
      const reference = copyModel(original);
      const { model, sites, setBeta } = replaceActivations(original);
      expect(await difference(original, model)).toBeLessThan(1e-6);
      setBeta(0.5);
      expect(await difference(original, model)).toBeGreaterThan(1e-3);
      setBeta(1);
      expect(await difference(original, model)).toBeLessThan(1e-6);
      expect(await difference(original, reference)).toBe(0);
      expect(sites.length).toBeGreaterThan(0);
      expect(sites.every(({ channels }) => channels! > 0)).toBe(true);
    });

    it(`shares weights instead of copying them, and disposes of its own alone: ${name}`, async () => {
      const original = make();
      const start = tf.memory();
      for (let round = 0; round < 3; round++) {
        const { model, sites } = replaceActivations(original, { beta: 0.9 });
        // Each CT layer has two numbers of its own.
        expect(tf.memory().numDataBuffers - start.numDataBuffers).toBe(2 * sites.length);
        model.dispose();
        expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
        expect(tf.memory().numTensors).toBe(start.numTensors);
      }
      expect(await difference(original, original)).toBe(0);
    });
  }

  it('gives every site the one beta and coeff, and saves them', async () => {
    const { model, setBeta, setCoeff } = replaceActivations(models['Sequential with fused ReLUs']!(), {
      beta: 0.7,
      coeff: 0.2,
    });
    const x = tf.randomNormal([2, 8, 8, 2]);
    const y = model.predict(x) as tf.Tensor;
    const saved = await savedModel(model);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(y.dataSync());
    setBeta(1);
    setCoeff(0.5);
    expect((model.predict(x) as tf.Tensor).dataSync()).not.toEqual(y.dataSync());
  });

  it('computes phi: a Dense with fused ReLU agrees with float64 to 1e-6', () => {
    const original = tf.sequential({
      layers: [
        tf.layers.dense({ units: 1, useBias: false, activation: 'relu', kernelInitializer: 'ones', inputShape: [1] }),
      ],
    });
    const { model } = replaceActivations(original, { beta: 0.8, coeff: 0.3 });
    const x = [-3, -0.5, 0, 0.2, 2];
    (model.predict(tf.tensor2d(x, [5, 1])) as tf.Tensor)
      .dataSync()
      .forEach((y, i) => expect(Math.abs(y - phi(x[i]!, 0.8, 0.3))).toBeLessThan(1e-6));
  });

  it('reports the sites: names, fused or not, shapes, calls', () => {
    const { sites } = replaceActivations(models['a ReLU and a fused Dense called at two places']!());
    expect(sites).toEqual([
      {
        index: 0,
        layer: 'shared_ctu',
        source: 'shared',
        kind: 'relu',
        start: { beta: 1, coeff: 0.5 },
        fused: true,
        shape: [null, 4],
        channels: 4,
        calls: 2,
        group: 'model',
      },
      {
        index: 1,
        layer: 'relu',
        source: 'relu',
        kind: 'relu',
        start: { beta: 1, coeff: 0.5 },
        fused: false,
        shape: [null, 4],
        channels: 4,
        calls: 2,
        group: 'model',
      },
    ]);
    expect(
      replaceActivations(models['nested models']!()).sites.map(({ source }) => source.split('/').slice(0, -1)),
    ).toEqual([['outer', 'inner'], ['outer']]);
  });

  it('keeps initializers, trainability and layer names of what it does not touch', () => {
    const original = models['functional with a skip and two outputs']!();
    original.getLayer('conv').trainable = false;
    const { model } = replaceActivations(original, { exclude: 'conv' });
    expect(model.getLayer('conv').getConfig()).toEqual(original.getLayer('conv').getConfig());
    expect(model.getLayer('conv').trainable).toBe(false);
    expect(model.layers.map(({ name }) => name)).toEqual(original.layers.map(({ name }) => name));
  });

  it('selects by name, pattern and predicate', () => {
    const make = models['functional with a skip and two outputs']!;
    const sources = (options: Parameters<typeof replaceActivations>[1]): string[] =>
      replaceActivations(make(), options).sites.map(({ source }) => source);
    expect(sources({})).toEqual(['conv', 'relu']);
    expect(sources({ include: 'conv' })).toEqual(['conv']);
    expect(sources({ include: [/^re/g, 'conv'] })).toEqual(['conv', 'relu']);
    expect(sources({ exclude: /conv/ })).toEqual(['relu']);
    expect(sources({ include: ({ fused }) => fused })).toEqual(['conv']);
  });

  it(
    'replaces relu6 by phi(x) − phi(x − 6), leaky ReLU by a·x + (1 − a)·phi(x), GELU and SiLU by phi on ' +
      'request, to 1e-6 of float64',
    () => {
      const x = [-7, -3, -0.5, 0, 0.2, 2, 5.9, 6.5, 9];
      const run = (layer: tf.layers.Layer, kinds?: ActivationKind[]): ArrayLike<number> => {
        const { model } = replaceActivations(
          tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [1] }), layer] }),
          { beta: 0.8, coeff: 0.3, ...(kinds && { kinds }) },
        );
        return (model.predict(tf.tensor2d(x, [9, 1])) as tf.Tensor).dataSync();
      };
      const p = (v: number): number => phi(v, 0.8, 0.3);
      const close = (y: ArrayLike<number>, f: (v: number) => number): void =>
        x.forEach((v, i) => expect(Math.abs(y[i]! - f(v)), `at ${v}`).toBeLessThan(1e-6));
      close(run(tf.layers.activation({ activation: 'relu6' })), (v) => p(v) - p(v - 6));
      close(run(tf.layers.reLU({ maxValue: 2 })), (v) => p(v) - p(v - 2));
      close(run(tf.layers.leakyReLU({ alpha: 0.1 })), (v) => 0.1 * v + 0.9 * p(v));
      close(run(tf.layers.activation({ activation: 'gelu' }), ['gelu']), p);
      close(run(tf.layers.activation({ activation: 'swish' }), ['silu']), p);
      expect(() => run(tf.layers.activation({ activation: 'gelu' }))).toThrow('other activations');
      expect(() => run(tf.layers.activation({ activation: 'gelu' }), ['glue' as 'gelu'])).toThrow(
        new RangeError(
          "replaceActivations: kinds[0] must be 'relu', 'relu6', 'leakyRelu', 'gelu' or 'silu', got \"glue\"",
        ),
      );
    },
  );

  it('splits the calls of a shared layer into sites of their own, some of them or all', async () => {
    const original = models['a ReLU and a fused Dense called at two places']!();
    // Positive, so that no unit is dead.
    original.layers.forEach((layer) =>
      layer.setWeights(layer.weights.map((w) => tf.randomUniform(w.shape as number[], 0.2, 1))),
    );
    const { model, sites } = replaceActivations(original, { calls: 'split' });
    expect(sites.map(({ layer, source, calls }) => [layer, source, calls])).toEqual([
      ['shared_ctu', 'shared', 1],
      ['shared_ctu_1', 'shared', 1],
      ['relu_call1', 'relu', 1],
      ['relu_call2', 'relu', 1],
    ]);
    expect(await difference(original, model)).toBeLessThan(1e-6);
    // Each of the four is on the way from input to output: none can change without the output.
    for (const layer of activationsAt(model, sites)) {
      layer.setBeta(0.5);
      expect(await difference(original, model)).toBeGreaterThan(1e-4);
      layer.setBeta(1);
    }
    const one = replaceActivations(original, { calls: 'split', include: 'relu_call2', beta: 0.5 });
    expect(one.sites.map(({ layer }) => layer)).toEqual(['relu_call2']);
    // The first call still is the ReLU layer.
    expect(one.model.getLayer('relu').getClassName()).toBe('ReLU');
    expect(await difference(original, one.model)).toBeGreaterThan(1e-3);
    one.setBeta(1);
    expect(await difference(original, one.model)).toBeLessThan(1e-6);
    expect(() => replaceActivations(original, { calls: 'split', include: 'shared_ctu' })).toThrow(
      '1 of the 2 calls of "shared" are selected',
    );
  });

  it('selects by depth as slice does, and maps old names to new', () => {
    const make = models['ReLU6 and leaky ReLU, as layers and fused']!;
    const indices = (depth: [number, number?]): number[] =>
      replaceActivations(make(), { depth }).sites.map(({ index }) => index);
    expect(indices([0, 2])).toEqual([0, 1]);
    expect(indices([-1])).toEqual([3]);
    expect(() => indices([7])).toThrow('change include, exclude, kinds or depth');
    const original = make();
    const { model, names } = replaceActivations(original);
    expect([...names.keys()]).toEqual(original.layers.map(({ name }) => name));
    expect([...names.values()].every((name) => model.layers.some((layer) => layer.name === name))).toBe(true);
    const [fused] = original.layers;
    expect(names.get(fused!.name)).toBe(`${fused!.name}_ctu`);
  });

  it('gives weights the shape that the sharing asks for, and the sites their groups', async () => {
    const original = models['functional with a skip and two outputs']!();
    const shapes = (options: ReplaceActivationsOptions): unknown[] => {
      const { model, sites } = replaceActivations(original, options);
      return activationsAt(model, sites).map(({ rawWeights }) =>
        Object.entries(rawWeights).map(([name, w]) => [name, w.shape]),
      );
    };
    expect(shapes({ sharing: 'channel' })[0]).toEqual([
      ['beta', [1, 1, 3]],
      ['coeff', [1, 1, 3]],
    ]);
    expect(shapes({ sharing: 'site' })[0]).toEqual([
      ['beta', [1, 1, 1]],
      ['coeff', [1, 1, 1]],
    ]);
    expect(shapes({ slope: true, affine: true })[1]).toEqual([
      ['beta', [1, 1, 1]],
      ['coeff', [1, 1, 1]],
      ['alpha', [3]],
      ['scale', [3]],
      ['shift', [3]],
    ]);
    expect(
      await difference(original, replaceActivations(original, { sharing: 'channel', slope: true, affine: true }).model),
    ).toBeLessThan(1e-6);
    expect(replaceActivations(original, { sharing: 'stage' }).sites.map(({ group }) => group)).toEqual(['6x6', '6x6']);
    expect(replaceActivations(original, { sharing: 'site' }).sites.map(({ group }) => group)).toEqual([
      'conv_ctu',
      'relu',
    ]);
    expect(() => replaceActivations(original, { sharing: 'chanel' as 'channel' })).toThrow(
      `sharing must be 'channel', 'site', 'block', 'stage' or 'model', got "chanel"`,
    );
  });

  it("ties a rank-4 Dense activation per channel, and per row under protocol 'paper' alone", () => {
    const original = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, activation: 'relu', inputShape: [3, 4, 2] }),
        tf.layers.conv2d({ filters: 6, kernelSize: 1, activation: 'relu' }),
      ],
    });
    const shapes = (protocol: 'strict' | 'paper'): unknown[] => {
      const { model, sites } = replaceActivations(original, { sharing: 'channel', protocol });
      return activationsAt(model, sites).map(({ rawWeights }) => rawWeights.beta.shape);
    };
    expect(shapes('strict')).toEqual([
      [1, 1, 5],
      [1, 1, 6],
    ]);
    expect(shapes('paper')).toEqual([
      [3, 1, 1],
      [1, 1, 6],
    ]);
  });

  it('saves and loads what it replaced, clipped and padded', async () => {
    for (const name of ['ReLU6 and leaky ReLU, as layers and fused', 'zero padding before a max-pool']) {
      const { model } = replaceActivations(models[name]!(), { beta: 0.7, slope: true, affine: true });
      const saved = await savedModel(model);
      expect(await difference(model, await tf.loadLayersModel(tf.io.fromMemory(saved)))).toBe(0);
    }
  });

  it('trains after the replacement without touching the original', async () => {
    const original = tf.sequential({
      layers: [tf.layers.dense({ units: 3, activation: 'relu', inputShape: [2] }), tf.layers.dense({ units: 1 })],
    });
    const kernel = [...original.layers[0]!.getWeights()[0]!.dataSync()];
    const { model } = replaceActivations(original, { beta: 0.8 });
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
    await model.fit(tf.randomNormal([8, 2]), tf.ones([8, 1]), { epochs: 1, verbose: 0 });
    expect([...original.layers[0]!.getWeights()[0]!.dataSync()]).toEqual(kernel);
    expect([...model.layers[0]!.getWeights()[0]!.dataSync()]).not.toEqual(kernel);
    expect(
      model.layers
        .filter((layer) => layer instanceof CTActivation)
        .every(({ trainableWeights }) => trainableWeights.length === 0),
    ).toBe(true);
  });

  it('says what the model has when nothing matches, and refuses what it cannot replace', () => {
    const dense = tf.sequential({
      name: 'plain',
      layers: [
        tf.layers.dense({ units: 2, activation: 'tanh', inputShape: [3], name: 'hidden' }),
        tf.layers.reLU({ maxValue: 6, name: 'six' }),
      ],
    });
    expect(() => replaceActivations(dense, { kinds: ['relu'] })).toThrow(
      'replaceActivations: no activation matched in "plain"; it has no ReLU; other activations: hidden ' +
        '(Dense, tanh), six (ReLU)',
    );
    const conv = models['functional with a skip and two outputs']!();
    expect(() => replaceActivations(conv, { include: 'cnov' })).toThrow('"cnov" is no activation of');
    expect(() => replaceActivations(conv, { include: /nothing/ })).toThrow('its ReLUs: conv, relu');
    const recurrent = tf.sequential({
      layers: [
        tf.layers.simpleRNN({ units: 2, activation: 'relu', inputShape: [3, 2], name: 'rnn' }),
        tf.layers.reLU(),
      ],
    });
    expect(() => replaceActivations(recurrent)).toThrow(
      'the relu inside "rnn" (SimpleRNN) cannot be replaced; pass exclude: \'rnn\' to keep it',
    );
    expect(replaceActivations(recurrent, { exclude: 'rnn' }).sites.length).toBe(1);
    expect(() => replaceActivations(conv, { beta: 1.2 })).toThrow(
      new RangeError('replaceActivations: beta must lie in [0, 1], got 1.2'),
    );
  });
});
