/**
 * What must hold where WebGL renders to half floats only, as on many phones: with the fused kernel and without.
 */
import * as tf from '@tensorflow/tfjs';
import { phi } from '@curvature-tuning/activation/math';
import { beforeAll, expect, it } from 'vitest';
import type { Adapter } from '../src/index.js';
import {
  accuracy,
  applyAdapter,
  ctActivation,
  getAdapter,
  interpolateAdapters,
  linearProbe,
  loadAdapter,
  replaceActivations,
  saveAdapter,
  steer,
  switchAdapter,
  tune,
} from '../src/index.js';
import { stripes, stripesNetwork as classifier } from './stripes.js';

const XS = [-60000, -100, -2, -0.5, -0.01, -1e-3, -6e-8, 0, 6e-8, 1e-3, 0.01, 0.5, 2, 100, 60000];
/** 150 entries: tfjs computes on the CPU what is smaller than 128. */
const input = (): tf.Tensor2D => tf.tensor2d(Array.from({ length: 10 }, () => XS));
const values = async (t: tf.Tensor | tf.Tensor[]): Promise<number[]> => {
  const one = t as tf.Tensor;
  const data = [...(await one.data())];
  one.dispose();
  return data;
};
const identity = (): tf.LayersModel =>
  tf.sequential({ layers: [tf.layers.reLU({ name: 'relu', inputShape: [XS.length] })] });

/** Registers the tests; the page must be fresh, for tfjs reads its flags once. */
export function float16Suite(): void {
  beforeAll(async () => {
    tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);
    tf.env().set('WEBGL_CPU_FORWARD', false);
    expect(await tf.setBackend('webgl')).toBe(true);
    // It is float16: 1 + 2^-12 is 1.
    expect(await values(tf.add(tf.fill([20, 20], 1), 2 ** -12))).toEqual(Array(400).fill(1));
  });

  const isNear = (got: number[], beta: number, coeff: number, bound: number): void => {
    XS.forEach((x, i) =>
      expect(
        Math.abs(got[i]! - phi(x, beta, coeff)) / Math.max(1, Math.abs(x)),
        `x = ${x}, beta = ${beta}, c = ${coeff}`,
      ).toBeLessThan(bound),
    );
  };

  for (const beta of [0, 1e-30, 1e-4, 0.3, 0.9, 0.999, 0.99999, 1 - 1e-12, 1]) {
    it(
      `a layer equals float64 to 2e-3 · max(1, |x|) at beta = ${beta} and c = 0, 1e-9, 0.5, 1, from the ` +
        'start and set',
      async () => {
        const x = input();
        for (const coeff of [0, 1e-9, 0.5, 1]) {
          const model = tf.sequential({ layers: [ctActivation({ beta, coeff, inputShape: [XS.length] })] });
          isNear(await values(model.predict(x)), beta, coeff, 2e-3);
          const {
            model: steered,
            setBeta,
            setCoeff,
          } = replaceActivations(identity(), { beta: 0.5, sharing: 'channel' });
          setBeta(beta);
          setCoeff(coeff);
          isNear(await values(steered.predict(x)), beta, coeff, 2e-3);
        }
      },
    );

    it(
      `the gradient in x is finite and within [-0.11, 1.11] at beta = ${beta}, raw gradients are finite, ` +
        'and 0 at the ends',
      async () => {
        const layer = ctActivation({ beta, coeff: 0.5, inputShape: [XS.length] });
        layer.apply(tf.input({ shape: [XS.length] }));
        const f = (x: tf.Tensor): tf.Scalar => tf.mean(tf.mul(layer.call(x), 4));
        for (const d of await values(tf.mul(tf.grad(f)(input()), 150 / 4))) {
          expect(d).toBeGreaterThan(-0.12);
          expect(d).toBeLessThan(1.12);
        }
        const { grads } = tf.variableGrads(() => f(input()));
        for (const [name, gradient] of Object.entries(grads)) {
          const numbers = await values(gradient);
          expect(numbers.every(Number.isFinite), name).toBe(true);
          if (name.includes('beta') && (beta === 0 || beta === 1)) expect(numbers.every((v) => v === 0)).toBe(true);
        }
      },
    );
  }

  it('clips as ReLU6 and leaks at the ends too', async () => {
    for (const beta of [0, 1]) {
      const model = tf.sequential({
        layers: [ctActivation({ beta, maxValue: 6, alpha: 0.25, inputShape: [XS.length] })],
      });
      const got = await values(model.predict(input()));
      XS.forEach((x, i) => {
        const clipped = phi(x, beta, 0.5) - phi(x - 6, beta, 0.5);
        expect(
          Math.abs(got[i]! - (0.25 * x + 0.75 * clipped)) / Math.max(1, Math.abs(x)),
          `x = ${x}, beta = ${beta}`,
        ).toBeLessThan(5e-3);
      });
    }
  });

  it('takes, gives and mixes adapters of the ends, those too that hold infinities', async () => {
    const { model, setBeta } = replaceActivations(identity(), { beta: 0.8, sharing: 'channel' });
    const made: Adapter[] = [];
    for (const beta of [0, 1]) {
      setBeta(beta);
      const adapter = loadAdapter(saveAdapter(await getAdapter(model)));
      expect(adapter.tensors.get('relu/beta')!.data.every((raw) => raw === (beta === 1 ? 128 : -128))).toBe(true);
      made.push(adapter);
    }
    setBeta(0.8);
    const old = (raw: number): Adapter => ({
      ...made[0]!,
      tensors: new Map(
        [...made[0]!.tensors].map(([name, t]) => [
          name,
          name === 'relu/beta' ? { ...t, data: t.data.map(() => raw) } : t,
        ]),
      ),
    });
    await applyAdapter(model, made[0]!, { name: '0' });
    await applyAdapter(model, made[1]!, { name: '1' });
    await applyAdapter(model, old(-Infinity), { name: 'old 0' });
    await applyAdapter(model, old(Infinity), { name: 'old 1' });
    await applyAdapter(model, interpolateAdapters(old(-Infinity), old(Infinity), 1), { name: 'all of 1' });
    await applyAdapter(model, interpolateAdapters(old(-Infinity), old(Infinity), 0), { name: 'none of 1' });
    await applyAdapter(model, interpolateAdapters(old(-Infinity), old(Infinity), 0.5), { name: 'half' });
    for (const [name, beta] of [
      ['0', 0],
      ['1', 1],
      ['old 0', 0],
      ['old 1', 1],
      ['all of 1', 1],
      ['none of 1', 0],
      ['half', 0.5],
    ] as const) {
      switchAdapter(model, name);
      isNear(await values(model.predict(input())), beta, 0.5, 2e-3);
    }
  });

  it('loads a saved model whose raw values are infinite', async () => {
    const model = tf.sequential({ layers: [ctActivation({ beta: 0.5, inputShape: [XS.length], name: 'act' })] });
    model.getLayer('act').setWeights([tf.fill([XS.length], 0), tf.fill([XS.length], 0)]);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    const numbers = new Float32Array(2 * XS.length).fill(Infinity, 0, XS.length).fill(-Infinity, XS.length);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved!, weightData: numbers.buffer }));
    isNear(await values(loaded.predict(input())), 1, 0, 2e-3);
  });

  it('probes and steers over a grid that has both ends as float32 does, to two examples of 24', async () => {
    const run = async (): Promise<number[]> => {
      const data = stripes(24);
      const options = { epochs: 30, learningRate: { head: 0.02 } };
      const { validationAccuracy } = await linearProbe(classifier(), data, data, options);
      const result = await steer(classifier(), data, data, { ...options, betas: [0, 0.5, 1] });
      expect(await accuracy(result.classifier, data)).toBe(result.validationAccuracy);
      return [validationAccuracy, ...result.history.map((step) => step.validationAccuracy)];
    };
    const exact = await onCpu(run);
    (await run()).forEach((v, i) => expect(Math.abs(v - exact[i]!), String(i)).toBeLessThanOrEqual(2 / 24 + 1e-9));
  });

  it.each(['a plain network', 'one that stands at the ends'])(
    'tunes %s (T-CT) with the losses of float32 to 3 %, and the curvature moves',
    async (kind) => {
      const run = async (): Promise<{ losses: number[]; raw: number[] }> => {
        const data = stripes(24);
        const net =
          kind === 'a plain network'
            ? classifier()
            : replaceActivations(classifier(), { beta: 1, coeff: 0, sharing: 'channel' }).model;
        const { classifier: tuned, history } = await tune(net, data, data, {
          epochs: 8,
          batchSize: 8,
          learningRate: { head: 0.02 },
        });
        for (const weight of tuned.getWeights()) expect((await weight.data()).every(Number.isFinite)).toBe(true);
        const { tensors } = await getAdapter(tuned);
        return {
          losses: history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]),
          raw: [...tensors.get('relu/beta')!.data, ...tensors.get('relu/coeff')!.data],
        };
      };
      const exact = await onCpu(run);
      const { losses, raw } = await run();
      losses.forEach((v, i) => expect(Math.abs(v / exact.losses[i]! - 1), `loss ${i}`).toBeLessThan(0.03));
      raw.forEach((v, i) => expect(Math.abs(v - exact.raw[i]!), `raw ${i}`).toBeLessThan(0.1));
      expect(Math.max(...raw.slice(0, 4).map((v) => Math.abs(v - 1.386)))).toBeGreaterThan(0.2);
    },
  );

  it('goes on from a checkpoint as a run that never stopped', async () => {
    const data = stripes(24);
    const options = { batchSize: 8, epochs: 3, learningRate: { head: 0.02 } };
    const checkpoints: Uint8Array[] = [];
    const { history } = await tune(classifier(), data, data, {
      ...options,
      onCheckpoint: (bytes) => void checkpoints.push(bytes),
    });
    const resumed = await tune(classifier(), data, data, { ...options, resume: checkpoints[0]! });
    expect(resumed.history.map(({ loss, validationLoss }) => [loss, validationLoss])).toEqual(
      history.map(({ loss, validationLoss }) => [loss, validationLoss]),
    );
  });
}

async function onCpu<T>(run: () => Promise<T>): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return await run();
  } finally {
    await tf.setBackend('webgl');
  }
}
