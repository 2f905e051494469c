import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import { mobilenetV2 } from './mobilenetV2.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

it('has 3 504 872 parameters and 35 ReLU6, as torchvision', () =>
  withModel(
    () => mobilenetV2({ initialWeights: 'zeros' }),
    (model) => {
      expect(parametersOf(model)).toBe(3_504_872);
      const relus = namesOf(model, 'ReLU');
      expect(relus).toHaveLength(35);
      expect(relus.map((name) => model.getLayer(name).getConfig()['maxValue'])).toEqual(relus.map(() => 6));
      expect(namesOf(model, 'Add')).toHaveLength(10);
    },
  ));

it('bears the names of torchvision', () =>
  withModel(
    () => mobilenetV2({ initialWeights: 'zeros', classes: 3, inputShape: [null, null, 3] }),
    (model) => {
      const names = model.layers.map(({ name }) => name);
      const first = ['conv.0.0', 'conv.0.1', 'conv.0.2', 'conv.1', 'conv.2'].map((name) => `features.1.${name}`);
      const second = ['conv.0.0', 'conv.1.0', 'conv.1.1', 'conv.2', 'conv.3'].map((name) => `features.2.${name}`);
      expect(names).toEqual(expect.arrayContaining([...first, ...second, 'features.18.0', 'classifier.1']));
    },
  ));

it('survives saving', () =>
  withModel(
    () => mobilenetV2({ seed: 1, classes: 4, inputShape: [32, 48, 3] }),
    (model) => expectSurvivesSaving(model),
  ));
