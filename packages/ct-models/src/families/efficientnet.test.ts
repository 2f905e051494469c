import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import type { EfficientNetName } from './efficientnet.js';
import { efficientnet } from './efficientnet.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// Parameters of torchvision's networks and of TensorFlow's Lite0.
it.each<[EfficientNetName, number, number]>([
  ['efficientnet_b0', 5_288_548, 224],
  ['efficientnet_b1', 7_794_184, 240],
  ['efficientnet_b4', 19_341_616, 380],
  ['efficientnet_b5', 30_389_784, 456],
  ['efficientnet_b6', 43_040_704, 528],
  ['efficientnet_b7', 66_347_960, 600],
  ['efficientnet_lite0', 4_652_008, 224],
])('%s has %i parameters for %i pixels', (name, parameters, side) =>
  withModel(
    () => efficientnet(name, { initialWeights: 'zeros' }),
    (model) =>
      expect([model.name, parametersOf(model), model.inputs[0]?.shape]).toEqual([
        name,
        parameters,
        [null, side, side, 3],
      ]),
  ),
);

it('has SiLU, or ReLU6 and no squeeze', async () => {
  const sites: number[][] = [];
  for (const name of ['efficientnet_b0', 'efficientnet_lite0'] as const)
    await withModel(
      () => efficientnet(name, { initialWeights: 'zeros' }),
      (model) => sites.push([namesOf(model, 'ReLU').length, namesOf(model, 'Multiply').length]),
    );
  expect(sites).toEqual([
    [0, 16],
    [33, 0],
  ]);
});

it('bears the names of each origin', async () => {
  await withModel(
    () => efficientnet('efficientnet_b0', { initialWeights: 'zeros' }),
    (model) => {
      const names = ['1.0.block.0.0', '1.0.block.1.fc1', '2.1.block.3.1', '8.0'].map((name) => `features.${name}`);
      expect(model.layers.map(({ name }) => name)).toEqual(expect.arrayContaining([...names, 'classifier.1']));
    },
  );
  await withModel(
    () => efficientnet('efficientnet_lite0', { initialWeights: 'zeros' }),
    (model) => {
      const names = ['conv_stem', 'bn0', 'blocks.0._depthwise_conv', 'blocks.15._project_conv', 'bn1', 'fc'];
      expect(model.layers.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    },
  );
});

it.each(['efficientnet_b0', 'efficientnet_lite0'] as const)('%s survives saving', (name) =>
  withModel(
    () => efficientnet(name, { seed: 1, classes: 4, inputShape: [32, 48, 3] }),
    (model) => expectSurvivesSaving(model),
  ),
);
