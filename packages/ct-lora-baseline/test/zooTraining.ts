// What can be trained in the convolutional networks of the zoo, on wasm.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import { replaceActivations, tune } from '@curvature-tuning/layers';
import type { CreateModelOptions } from '@curvature-tuning/models';
import { createModel, loadTorchWeights } from '@curvature-tuning/models';
import { hashWeights } from '@curvature-tuning/models/hash-weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyLora, removeLora, tuneLora } from '../src/index.js';
import { goldenNetworks, hashNetwork } from './zoo.js';

const kinds = ['relu', 'relu6', 'silu'] as const;
const networks = new Map([...goldenNetworks('models'), ...goldenNetworks('zoo')]);

/** A network with hash weights; VGG-11 with 32 units in the two linear layers that have 120 million weights. */
async function networkOf(name: string, options: CreateModelOptions): Promise<tf.LayersModel> {
  if (name === 'resnet18') {
    const model = createModel(name, { classes: 10, ...options });
    loadTorchWeights(model, hashWeights(model));
    return model;
  }
  const golden = networks.get(name)!;
  if (name !== 'vgg11') return hashNetwork(golden, options);
  const whole = createModel(name, { classes: 10, dropout: 0, initialWeights: 'zeros', ...options });
  const topology = JSON.parse(JSON.stringify(whole.toJSON(null, false))) as {
    config: { layers: { config: { name: string; units?: number } }[] };
  };
  whole.dispose();
  for (const { config } of topology.config.layers) if (/^classifier\.[03]$/.test(config.name)) config.units = 32;
  const thin = await tf.loadLayersModel({ load: () => Promise.resolve({ modelTopology: topology }) });
  loadTorchWeights(thin, hashWeights(thin, { names: golden.entries.map(([entry]) => entry) }));
  return thin;
}

/** The parameters that training changes, by the class of their layer and what they are in it. */
function groupsOf(model: tf.LayersModel): Map<string, tf.Variable[]> {
  const groups = new Map<string, tf.Variable[]>();
  for (const layer of model.layers)
    for (const weight of layer.trainableWeights) {
      const kind = `${layer.getClassName()} ${weight.originalName.split('/').at(-1)!}`;
      groups.set(kind, [...(groups.get(kind) ?? []), (weight as unknown as { val: tf.Variable }).val]);
    }
  return groups;
}

const differ = (a: Float32Array, b: Float32Array): number => {
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
};
const weightsOf = (model: tf.LayersModel): Buffer[] =>
  model.getWeights().map((weight) => Buffer.from(Uint8Array.from(new Uint8Array(weight.dataSync().buffer))));

/**
 * Registers the tests of these networks, each with the side of its images: 16 for those that halve them three times, 32
 * for those that do so five times.
 */
export function trainsOnWasm(cases: readonly (readonly [name: string, side: number])[]): void {
  beforeAll(async () => void (await tf.setBackend('wasm')));

  describe.each(cases)('%s', (name, side) => {
    let model: tf.LayersModel;
    let examples: { images: tf.Tensor; labels: tf.Tensor1D };
    beforeAll(async () => {
      // Nothing is left out by chance: every unit is to have a gradient.
      const own = name.startsWith('efficientnet') ? { stochasticDepth: 0 } : {};
      model = await networkOf(name, { inputShape: [side, side, 3], ...own });
      examples = {
        images: tf.randomUniform([2, side, side, 3], -1.5, 1.5, 'float32', 5),
        labels: tf.tensor1d([0, 1], 'int32'),
      };
    });
    afterAll(() => {
      tf.dispose(examples);
      model.dispose();
    });
    const logits = (of: tf.LayersModel): Float32Array =>
      tf.tidy(() => (of.predict(examples.images) as tf.Tensor).dataSync<'float32'>());

    it('at the start of its curvature equals the original to 1e-5 of the largest logit, SiLUs to 5e-5', () => {
      const { model: steered, setBeta } = replaceActivations(model, { kinds });
      // A SiLU is the unit at c = 1 and beta = 1/2 to 8.8e-7.
      const isSilu = /^dm_|efficientnet_b/.test(name);
      expect(differ(logits(steered), logits(model))).toBeLessThan(isSilu ? 5e-5 : 1e-5);
      setBeta(0.3);
      expect(differ(logits(steered), logits(model))).toBeGreaterThan(1e-3);
      steered.dispose();
    });

    // Of VGG, whose five max pools have kinks, to 3e-2.
    it('has the gradients of every kind of parameter, along a random direction, by differences to 1e-2', () => {
      // Smooth units: no other kink lies between the two points.
      const steered = replaceActivations(model, { kinds, beta: 0.5, coeff: 0.5, sharing: 'channel', trainable: true });
      const groups = groupsOf(steered.model);
      expect([...groups.keys()]).toEqual(expect.arrayContaining(['Conv2D kernel', 'CTActivation beta', 'Dense bias']));
      tf.tidy(() => {
        const r = tf.randomNormal([2, 10], 0, 1, 'float32', 11);
        const loss = (): tf.Scalar => tf.sum(tf.mul(steered.model.predict(examples.images) as tf.Tensor, r));
        const applied = (): tf.Scalar => tf.sum(tf.mul(steered.model.apply(examples.images) as tf.Tensor, r));
        const { grads } = tf.variableGrads(applied, [...groups.values()].flat());
        for (const [kind, variables] of groups) {
          // In proportion to each parameter's size, so that all count; those that lie around 0 have none.
          const least = /kernel|gamma/.test(kind) ? 0 : 0.5;
          const directions = variables.map((v, i) =>
            tf.mul(
              tf.randomNormal(v.shape, 0, 1, 'float32', 100 + i),
              tf.maximum(tf.sqrt(tf.mean(tf.square(v))), least),
            ),
          );
          const originals = variables.map((v) => v.clone());
          const parts = variables.map((v, i) => tf.sum(tf.mul(grads[v.name]!, directions[i]!)).dataSync()[0]!);
          const exact = parts.reduce((sum, part) => sum + part, 0);
          const at = (t: number): number => {
            variables.forEach((v, i) => v.assign(tf.add(originals[i]!, tf.mul(directions[i]!, t))));
            return loss().dataSync()[0]!;
          };
          // VGG, without normalisation, sums thousands of numbers that cancel: its loss is rounded to 1e-4, which wants
          // the longer step where the loss is straight enough for it, along the units' parameters.
          const ofVgg = kind.startsWith('CTActivation') ? 4e-3 : 1e-3;
          const [step, bound] = name === 'vgg11' ? [ofVgg, 3e-2] : [2e-3, 1e-2];
          const difference = (at(step) - at(-step)) / (2 * step);
          variables.forEach((v, i) => v.assign(originals[i]!));
          const size = parts.reduce((sum, part) => sum + Math.abs(part), 0);
          expect(size, kind).toBeGreaterThan(0);
          expect(Math.abs(exact - difference) / size, `${kind}: ${exact}, ${difference}`).toBeLessThan(bound);
        }
      });
      steered.model.dispose();
    });

    it('takes a T-CT step, which moves every beta and no weight of its own', async () => {
      const before = weightsOf(model);
      const { classifier, dispose } = await tune(model, examples, examples, {
        kinds: [...kinds],
        epochs: 1,
        batchSize: 2,
        schedule: () => 1,
        protocol: 'paper',
      });
      // The authors' starts, of ReLU's and SiLU's kinds.
      const start = /^dm_|efficientnet_b/.test(name) ? 0 : 1.386;
      const still = classifier.layers
        .filter((layer) => layer.getClassName() === 'CTActivation')
        .filter((unit) =>
          unit
            .getWeights()[0]!
            .dataSync()
            .every((raw) => Math.abs(raw - start) < 1e-5),
        );
      expect(still.map(({ name: unit }) => unit)).toEqual([]);
      weightsOf(model).forEach((weight, i) => expect(Buffer.compare(weight, before[i]!)).toBe(0));
      dispose();
    });

    it('trains changes of rank 1 in all that is linear, and merges them to 1e-5', async () => {
      const linear = model.layers.filter((layer) => /^(Depthwise)?Conv2D$|^Dense$/.test(layer.getClassName()));
      const { sites, model: changed } = applyLora(model, { exclude: model.layers.at(-1)!.name });
      expect(sites.length).toBe(linear.length - 1);
      changed.dispose();
      const tuned = await tuneLora(model, examples, examples, {
        epochs: 1,
        batchSize: 2,
        schedule: () => 1,
        learningRate: { own: 1e-3, head: 1e-3 },
      });
      const expected = logits(tuned.classifier);
      expect(differ(expected, logits(model))).toBeGreaterThan(1e-6);
      const merged = removeLora(tuned.classifier, { merge: true });
      expect(differ(logits(merged), expected)).toBeLessThan(1e-5);
      merged.dispose();
      tuned.dispose();
    });
  });
}
