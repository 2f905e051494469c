import '@tensorflow/tfjs-backend-cpu';
import { copyModel } from '@curvature-tuning/layers/model';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora } from './applyLora.js';
import { mergeLora, removeLora, unmergeLora } from './mergeLora.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A network with LoRA whose factors are no zeros, and what it gives for some x. */
function adapted(): { base: tf.LayersModel; model: tf.LayersModel; x: tf.Tensor } {
  const base = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 2 }),
    ],
  });
  const { model } = applyLora(base, { rank: 2 });
  model.layers.forEach((layer) =>
    layer.weights.forEach((weight, i) => {
      if (/lora_/.test(weight.originalName))
        weight.write(tf.randomNormal(weight.shape as number[], 0, 1, 'float32', i + 1));
    }),
  );
  return { base, model, x: tf.randomNormal([3, 4, 4, 2], 0, 1, 'float32', 9) };
}

const outputs = (model: tf.LayersModel, x: tf.Tensor): Float32Array =>
  tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync<'float32'>());

function expectClose(a: Float32Array, b: Float32Array): void {
  a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4 * (1 + Math.abs(value))));
}

describe('mergeLora', () => {
  it('changes no output beyond 1e-4, twice as once, and unmergeLora gives kernels back bit for bit', () => {
    const { base, model, x } = adapted();
    const before = outputs(model, x);
    expect(outputs(base, x)).not.toEqual(before);
    mergeLora(model);
    mergeLora(model);
    expectClose(outputs(model, x), before);
    unmergeLora(model);
    expect(outputs(model, x)).toEqual(before);
  });

  it('cannot be undone on a copy, which has no kernel from before, and then changes nothing', () => {
    const { model, x } = adapted();
    mergeLora(model);
    const copy = copyModel(model);
    const before = outputs(copy, x);
    expect(() => unmergeLora(copy)).toThrow(/unmergeLora: .*conv/);
    expect(() => removeLora(copy)).toThrow(/removeLora: .*conv/);
    expect(outputs(copy, x)).toEqual(before);
  });
});

describe('removeLora', () => {
  it('gives a stock model: the network that was, or the one that became of it', () => {
    const { base, model, x } = adapted();
    for (const isMerged of [false, true]) {
      if (isMerged) mergeLora(model);
      const [plain, kept] = [removeLora(model), removeLora(model, { merge: true })];
      for (const one of [plain, kept])
        expect(one.layers.map((layer) => layer.getClassName())).toEqual(
          base.layers.map((layer) => layer.getClassName()),
        );
      expect(outputs(plain, x)).toEqual(outputs(base, x));
      expectClose(outputs(kept, x), outputs(model, x));
    }
  });

  it('refuses a model without LoRA', () => {
    const { base } = adapted();
    for (const [name, action] of Object.entries({ mergeLora, unmergeLora, removeLora }))
      expect(() => action(base)).toThrow(
        `${name}: "${base.name}" has no LoRA layer; pass the model that applyLora returns`,
      );
  });
});
