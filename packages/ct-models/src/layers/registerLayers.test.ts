import { serialization } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerLayers } from './registerLayers.js';

it('makes the classes known, and may be called twice', () => {
  const own = [
    'AdaptiveAveragePooling2D',
    'HardSigmoid',
    'LastAxisNormalization',
    'LayerScale',
    'PaddedMaxPooling2D',
    'PatchMerging',
    'ShiftedWindowAttention',
    'Standardize',
    'StochasticDepth',
  ];
  const known = () => Object.keys(serialization.SerializationMap.getMap().classNameMap);
  expect(known().filter((name) => own.includes(name))).toEqual([]);
  registerLayers();
  registerLayers();
  expect(known()).toEqual(expect.arrayContaining(own));
});
