import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import type { CifarResNetName } from './cifarResnet.js';
import { cifarResnet } from './cifarResnet.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// Parameters of the PyTorch networks; sites as many as ReLUs are called.
it.each<[CifarResNetName, number, number]>([
  ['ref_resnet18', 11_173_962, 17],
  ['rb_resnet34', 21_282_122, 33],
  ['rb_resnet50', 23_520_842, 49],
])('%s has %i parameters and %i ReLUs', (name, parameters, sites) =>
  withModel(
    () => cifarResnet(name, { initialWeights: 'zeros' }),
    (model) => {
      expect([model.name, parametersOf(model), namesOf(model, 'ReLU').length]).toEqual([name, parameters, sites]);
      expect(model.outputShape).toEqual([null, 10]);
    },
  ),
);

it('has the names of both origins, and of the ReLUs that are no modules', async () => {
  const of = (block: string) => (name: string) => name.startsWith(`${block}.`);
  await withModel(
    () => cifarResnet('ref_resnet18', { initialWeights: 'zeros' }),
    (model) =>
      expect(namesOf(model, 'ReLU').filter(of('conv3_x.1'))).toEqual([
        'conv3_x.1.residual_function.2',
        'conv3_x.1.relu',
      ]),
  );
  await withModel(
    () => cifarResnet('rb_resnet50', { initialWeights: 'zeros' }),
    (model) =>
      expect(namesOf(model, 'Conv2D', 'ReLU').filter(of('layer2.0'))).toEqual(
        ['conv1', 'relu1', 'conv2', 'relu2', 'conv3', 'shortcut.0', 'relu3'].map((name) => `layer2.0.${name}`),
      ),
  );
});

it('survives saving, for other images and classes', () =>
  withModel(
    () => cifarResnet('rb_resnet18', { classes: 3, inputShape: [16, 12, 1], seed: 1 }),
    (model) => expectSurvivesSaving(model),
  ));
