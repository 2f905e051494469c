import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphDef } from '../src/graph/read/graphDef.js';
import { bake, graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import { replaceActivations } from '../src/index.js';
import { fusedGraph } from './fusedGraph.js';
import { relativeDifference } from './graphCases.js';
import { nsfwjsArtifacts } from './nsfwjsModels.js';

const TIMEOUT = 120_000;

// The plain loops of the cpu backend take a minute for one image of 224 px on a busy machine.
describe.each([
  ['cpu', 32],
  ['wasm', 224],
] as const)('the MobileNets of nsfwjs on %s at %i px', (backend, size) => {
  let image: tf.Tensor4D;
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
    image = tf.randomUniform([1, size, size, 3], 0, 1, 'float32', 3);
  });
  afterAll(() => image.dispose());
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  });
  const run = (model: tf.LayersModel | tf.GraphModel): number[] =>
    tf.tidy(() => [...(model.predict(image) as tf.Tensor).dataSync()]);

  it(
    'LayersModel: 37 sites, beta = 1 equals the original to 1e-6, beta moves it',
    async () => {
      const original = await tf.loadLayersModel(tf.io.fromMemory(await nsfwjsArtifacts('mobilenetV2', size)));
      const buffers = tf.memory().numDataBuffers;
      const { model, sites, setBeta } = replaceActivations(original);
      expect(sites.map(({ kind }) => kind).filter((kind) => kind === 'relu6')).toHaveLength(35);
      expect(sites.filter(({ fused }) => fused).map(({ source }) => source)).toEqual(['dense_1', 'dense_2']);
      expect(tf.memory().numDataBuffers - buffers).toBe(2 * sites.length);
      const expected = run(original);
      expect(relativeDifference(expected, run(model))).toBeLessThan(1e-6);
      setBeta(0.9);
      expect(relativeDifference(expected, run(model))).toBeGreaterThan(1e-3);
      [model, original].forEach((m) => m.dispose());
    },
    TIMEOUT,
  );

  it(
    'the GraphModel made from it, all fused: the same outputs; 37 sites; beta = 1 equals the original to ' +
      '2e-6, baked steered to 1e-6',
    async () => {
      const layersModel = await tf.loadLayersModel(tf.io.fromMemory(await nsfwjsArtifacts('mobilenetV2', size)));
      const artifacts = fusedGraph(layersModel);
      const ops = (artifacts.modelTopology as GraphDef).node.map(({ op }) => op);
      expect(
        Object.fromEntries(
          ['_FusedConv2D', 'FusedDepthwiseConv2dNative', '_FusedMatMul', 'Relu6'].map((op) => [
            op,
            ops.filter((o) => o === op).length,
          ]),
        ),
      ).toEqual({
        _FusedConv2D: 35,
        FusedDepthwiseConv2dNative: 17,
        _FusedMatMul: 3,
        Relu6: 0,
      });
      const original = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      const expected = run(original);
      // Folding the batch norms rounds every filter anew.
      expect(relativeDifference(run(layersModel), expected)).toBeLessThan(1e-5);
      layersModel.dispose();
      await check(artifacts, original, expected, 37, 128);
    },
    TIMEOUT,
  );

  it(
    'the converted GraphModel, 35 fused ReLU6, quantised: beta = 1 equals the original to 2e-6, baked steered to 1e-6',
    async () => {
      const artifacts = await nsfwjsArtifacts('mobilenetV2Mid', size);
      const original = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      await check(artifacts, original, run(original), 35, 1792);
    },
    TIMEOUT,
  );

  async function check(
    artifacts: tf.io.ModelArtifacts,
    original: tf.GraphModel,
    expected: number[],
    count: number,
    width: number,
  ): Promise<void> {
    const start = tf.memory();
    const steered = await replaceGraphActivations(artifacts);
    expect(steered.sites).toHaveLength(count);
    expect(
      steered.sites.every(({ shape, channels }) => shape.slice(1).every((size) => size! > 0) && channels! > 0),
    ).toBe(true);
    const weights = Object.keys(original.weights).length;
    expect(tf.memory().numDataBuffers - start.numDataBuffers).toBe(weights + 2 * count);
    expect(relativeDifference(expected, run(steered.model))).toBeLessThan(2e-6);
    steered.setBeta(0.9);
    const moved = run(steered.model);
    expect(relativeDifference(expected, moved)).toBeGreaterThan(1e-3);
    const baked = await bake(steered);
    // Constants of one curvature, 4 bytes each; all else is the original's.
    expect(
      (baked.weightData as ArrayBuffer).byteLength - (artifacts.weightData as ArrayBuffer).byteLength,
    ).toBeLessThan(40);
    const stock = await tf.loadGraphModel(tf.io.fromMemory(baked));
    expect(relativeDifference(moved, run(stock))).toBeLessThan(1e-6);
    const features = graphFeatures(steered);
    expect(features.outputs[0]!.shape).toEqual([null, width]);
    [stock, features, original, steered.model].forEach((model) => model.dispose());
  }
});
