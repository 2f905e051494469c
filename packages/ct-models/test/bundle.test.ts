/**
 * What an application's bundle has of this package: a program that calls `registerLayers` loads a saved model, and one
 * that takes a network ships no other family.
 */
import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { io, randomNormal, serialization, setBackend } from '@tensorflow/tfjs-core';
import { loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { artifactsOf, bundled, chunksOf } from '../../../tools/vitest/bundled.mjs';
import { PaddedMaxPooling2D } from '../src/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

it('a bundle that calls registerLayers loads a saved model with the layer PaddedMaxPooling2D', async () => {
  await setBackend('cpu');
  // Not by paddedMaxPooling2d, which registers the class.
  const model = sequential();
  model.add(new PaddedMaxPooling2D({ poolSize: 3, strides: 2, padding: 1, ...{ inputShape: [4, 4, 1] } }));
  const artifacts = await artifactsOf<io.ModelArtifacts>(model);
  expect(Object.keys(serialization.SerializationMap.getMap().classNameMap)).not.toContain('PaddedMaxPooling2D');
  await bundled(root, 'registerLayers', "import { registerLayers } from '@curvature-tuning/models'; registerLayers();");
  const x = randomNormal([2, 4, 4, 1], 0, 1, 'float32', 3);
  const loaded = await loadLayersModel(io.fromMemory(artifacts));
  expect((loaded.predict(x) as Tensor).dataSync()).toEqual((model.predict(x) as Tensor).dataSync());
});

it('a bundle that takes resnet18 has no other family, nor the table of names', async () => {
  const program = "export { resnet18 } from '@curvature-tuning/models';";
  const chunks = await chunksOf(root, 'resnet18', program);
  const code = chunks.find(({ fileName }) => fileName.startsWith('resnet18.'))?.code;
  expect(code).toContain('maxpool');
  // Said where it fails, not the whole bundle.
  expect(['tv_in1k', 'createModel', 'vgg', 'mobilenet'].filter((name) => code?.includes(name))).toEqual([]);
});
