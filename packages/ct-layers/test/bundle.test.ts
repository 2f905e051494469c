/**
 * A saved model is loaded in an application's bundle that imports this package and takes nothing of it that makes
 * layers.
 */
import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { io, randomNormal, serialization, setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { chunksOf, loadedInBundle } from '../../../tools/vitest/bundled.mjs';
import { graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import { replaceActivations } from '../src/index.js';
import { GraphBuilder } from './graphBuilder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = [
  ['imports the package', 'package', "import '@curvature-tuning/layers';"],
  ['takes a function that makes no layer', 'accuracy', "export { accuracy } from '@curvature-tuning/layers';"],
] as const;

/** A CT layer, and padding that a max-pool ignores. */
function network(): LayersModel {
  const plain = sequential({
    layers: [
      layers.reLU({ inputShape: [4, 4, 1] }),
      layers.zeroPadding2d({ padding: 1 }),
      layers.maxPooling2d({ poolSize: 3, strides: 2 }),
    ],
  });
  return replaceActivations(plain, { beta: 0.7 }).model;
}

const tfjs = { io, loadLayersModel, serialization };

beforeAll(() => setBackend('cpu'));

describe.each(programs)('a bundle that %s', (_, name, program) => {
  it.each(['CTActivation', 'LowestPadding2D'])('loads a saved model with the layer %s', async (className) => {
    const model = network();
    expect(model.layers.map((layer) => layer.getClassName())).toContain(className);
    const x = randomNormal([2, 4, 4, 1], -1, 1, 'float32', 3);
    const loaded = await loadedInBundle(tfjs, model, className, { root, name: `${name}-${className}`, program });
    expect((loaded.predict(x) as Tensor).dataSync()).toEqual((model.predict(x) as Tensor).dataSync());
  });
});

it('a bundle that imports the graph entry loads a saved model with the layer GraphFeatures', async () => {
  const graph = new GraphBuilder();
  graph.input('x', [null, 2]);
  graph.node('Relu', 'relu', [graph.node('MatMul', 'dense', ['x', graph.weight('w', [2, 3])])]);
  const model = graphFeatures(await replaceGraphActivations(io.fromMemory(graph.artifacts()), { beta: 0.7 }));
  const x = randomNormal([2, 2], 0, 1, 'float32', 3);
  const loaded = await loadedInBundle(tfjs, model, 'GraphFeatures', {
    root,
    name: 'graph',
    program: "import '@curvature-tuning/layers/graph';",
  });
  expect((loaded.predict(x) as Tensor).dataSync()).toEqual((model.predict(x) as Tensor).dataSync());
});

it('a bundle of surgery alone brings no data, no training and no graphs', async () => {
  const program = "export { replaceActivations } from '@curvature-tuning/layers';";
  const chunks = await chunksOf(root, 'surgery', program);
  // One file: nothing that is loaded when it is needed.
  expect(chunks.map(({ fileName }) => fileName)).toEqual(['surgery.js']);
  const code = chunks[0]!.code;
  expect(code).toContain('CTActivation');
  // What each of them says of itself in an error.
  for (const absent of ['mnist', 'linearProbe', 'fitParameters:', 'replaceGraphActivations:'])
    expect(code).not.toContain(absent);
});
