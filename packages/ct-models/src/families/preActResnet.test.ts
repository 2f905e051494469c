import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import type { PreActResNetName, PreActResNetOptions } from './preActResnet.js';
import { preActResnet } from './preActResnet.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// Parameters of RobustBench's networks.
it.each<[PreActResNetName, PreActResNetOptions, number, number]>([
  ['rb_preactresnet18', {}, 11_171_146, 16],
  ['rb_preactresnet18', { bnBeforeFc: true }, 11_172_170, 17],
  ['rb_preactresnet34', {}, 21_279_306, 32],
  ['rb_preactresnet50', {}, 23_509_066, 48],
])('%s with %o has %i parameters and %i ReLUs', (name, options, parameters, sites) =>
  withModel(
    () => preActResnet(name, { ...options, initialWeights: 'zeros' }),
    (model) =>
      expect([model.name, parametersOf(model), namesOf(model, 'ReLU').length]).toEqual([name, parameters, sites]),
  ),
);

describe('a projection', () => {
  it.each<[PreActResNetName, boolean, string]>([
    ['rb_preactresnet18', false, 'layer1.1.add'],
    ['rb_preactresnet18', true, 'layer2.0.relu1'],
    ['rb_preactresnet50', false, 'layer2.0.relu1'],
  ])('of %s with outShortcut %s takes what %s makes', (name, outShortcut, from) =>
    withModel(
      () => preActResnet(name, { outShortcut, initialWeights: 'zeros' }),
      (model) => {
        const producer = model.getLayer('layer2.0.shortcut.0').inboundNodes[0]!.inboundLayers[0]!.name;
        expect(producer).toBe(name === 'rb_preactresnet50' || outShortcut ? from : 'layer1.1.add');
      },
    ),
  );
});

it('survives saving', () =>
  withModel(
    () => preActResnet('rb_preactresnet18', { seed: 1, inputShape: [16, 16, 3], bnBeforeFc: true }),
    (model) => expectSurvivesSaving(model),
  ));
