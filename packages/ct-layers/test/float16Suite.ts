/**
 * What must hold where WebGL renders to half floats only, as on many phones: with the fused kernel and without.
 * float16Training.ts has what comes of training.
 */
import * as tf from '@tensorflow/tfjs';
import { phi } from '@curvature-tuning/activation/math';
import { beforeAll, expect, it } from 'vitest';
import type { Adapter } from '../src/index.js';
import {
  applyAdapter,
  ctActivation,
  getAdapter,
  interpolateAdapters,
  loadAdapter,
  replaceActivations,
  saveAdapter,
  switchAdapter,
} from '../src/index.js';

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

/** Puts tfjs on float16 textures; the page must be fresh, for tfjs reads its flags once. */
export async function onFloat16(): Promise<void> {
  tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);
  tf.env().set('WEBGL_CPU_FORWARD', false);
  expect(await tf.setBackend('webgl')).toBe(true);
  // It is float16: 1 + 2^-12 is 1.
  expect(await values(tf.add(tf.fill([20, 20], 1), 2 ** -12))).toEqual(Array(400).fill(1));
}

/** Registers the tests of values, gradients and adapters. */
export function float16Suite(): void {
  beforeAll(onFloat16);

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
}
