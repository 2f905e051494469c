/**
 * What holds for the networks of every family.
 */
import type { io, Tensor } from '@tensorflow/tfjs-core';
import { memory, randomUniform } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { artifactsOf } from '../../../tools/vitest/bundled.mjs';

/** Runs with a model, disposes of it, and counts tensors. */
export async function withModel(build: () => LayersModel, use: (model: LayersModel) => unknown): Promise<void> {
  const before = memory().numTensors;
  const model = build();
  try {
    await use(model);
  } finally {
    model.dispose();
  }
  expect(memory().numTensors).toBe(before);
}

/** The number of parameters that training changes. */
export const parametersOf = (model: LayersModel): number =>
  model.trainableWeights.reduce((sum, { shape }) => sum + shape.reduce<number>((a, b) => a * (b as number), 1), 0);

/** The layers of a class, by name. */
export const namesOf = (model: LayersModel, ...classes: string[]): string[] =>
  model.layers.filter((layer) => classes.includes(layer.getClassName())).map(({ name }) => name);

/** Expects that a network comes back from its saved form and says the same, bit for bit. */
export async function expectSurvivesSaving(model: LayersModel): Promise<void> {
  const artifacts = await artifactsOf<io.ModelArtifacts>(model);
  const loaded = await loadLayersModel({ load: () => Promise.resolve(artifacts) });
  const [height, width, channels] = (model.inputs[0]!.shape as number[]).slice(1);
  const x = randomUniform([2, height!, width!, channels!], 0, 1, 'float32', 7);
  const [before, after] = [model, loaded].map((one) => one.predict(x) as Tensor);
  expect(after!.dataSync()).toEqual(before!.dataSync());
  expect(before!.dataSync().some((logit) => logit !== 0)).toBe(true);
  [x, before, after].forEach((tensor) => tensor!.dispose());
  loaded.dispose();
}
