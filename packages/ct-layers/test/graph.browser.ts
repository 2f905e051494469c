import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bake, graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import { replaceActivations } from '../src/index.js';
import { fusedGraph } from './fusedGraph.js';
import { graphCases, inputsOf, originalOutputs, outputsOf, relativeDifference } from './graphCases.js';
import { nsfwjsArtifacts } from './nsfwjsModels.js';

describe('GraphModels on webgl in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgl')).toBe(true);
  });

  for (const [name, make] of Object.entries(graphCases)) {
    it(`${name}: beta = 1 equals the original to 1e-5, beta moves it, baked equals steered to 1e-5`, async () => {
      const graphCase = make();
      const before = tf.memory().numTensors;
      const steered = await replaceGraphActivations(graphCase.artifacts, { sharing: 'channel' });
      const inputs = inputsOf(graphCase);
      const expected = await originalOutputs(graphCase, inputs);
      expect(relativeDifference(expected, await outputsOf(steered.model, inputs))).toBeLessThan(1e-5);
      for (const beta of [1, 0.5]) {
        steered.setBeta(beta);
        const values = await outputsOf(steered.model, inputs);
        if (beta < 1) expect(relativeDifference(expected, values)).toBeGreaterThan(1e-3);
        const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
        expect(relativeDifference(values, await outputsOf(baked, inputs)), `beta ${beta}`).toBeLessThan(1e-5);
        baked.dispose();
      }
      tf.dispose(inputs);
      steered.model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  const run = async (model: tf.LayersModel | tf.GraphModel, x: tf.Tensor): Promise<number[]> => {
    const y = model.predict(x) as tf.Tensor;
    const values = [...(await y.data())];
    y.dispose();
    return values;
  };

  it(
    'the MobileNetV2 of nsfwjs at 32 px, as LayersModel and as fused GraphModel: beta = 1 equals the ' +
      'original, and baked equals steered, to 1e-5',
    async () => {
      const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 3);
      const layersModel = await tf.loadLayersModel(tf.io.fromMemory(await nsfwjsArtifacts('mobilenetV2', 32)));
      const { model, sites } = replaceActivations(layersModel);
      expect(sites).toHaveLength(37);
      expect(relativeDifference(await run(layersModel, image), await run(model, image))).toBeLessThan(1e-5);
      const artifacts = fusedGraph(layersModel);
      const original = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      const steered = await replaceGraphActivations(artifacts);
      expect(steered.sites).toHaveLength(37);
      const expected = await run(original, image);
      expect(relativeDifference(expected, await run(steered.model, image))).toBeLessThan(1e-5);
      steered.setBeta(0.9);
      const moved = await run(steered.model, image);
      expect(relativeDifference(expected, moved)).toBeGreaterThan(1e-3);
      const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
      expect(relativeDifference(moved, await run(baked, image))).toBeLessThan(1e-5);
      [original, steered.model, baked].forEach((m) => m.dispose());
      [layersModel, model, image].forEach((x) => x.dispose());
    },
    240_000,
  );

  it('the features of a graph train by fit', async () => {
    const { artifacts, inputs } = graphCases['a fused MatMul with bias and Relu6']!();
    const steered = await replaceGraphActivations(artifacts, { sharing: 'channel', trainable: true, beta: 0.5 });
    const model = graphFeatures(steered, { output: 'out' });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = tf.randomNormal([8, ...inputs['x']!.slice(1)], 0, 1, 'float32', 2);
    const y = tf.ones([8, 4]);
    const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
    expect(history['loss']!.at(-1)).toBeLessThan(history['loss']![0] as number);
    tf.dispose([x, y]);
    model.dispose();
    steered.model.dispose();
  });
});
