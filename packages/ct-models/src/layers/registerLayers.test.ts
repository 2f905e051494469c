import { serialization } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerLayers } from './registerLayers.js';

it('makes the classes known, and may be called twice', () => {
  const known = () => Object.keys(serialization.SerializationMap.getMap().classNameMap);
  expect(known()).not.toContain('PaddedMaxPooling2D');
  registerLayers();
  registerLayers();
  expect(known()).toContain('PaddedMaxPooling2D');
});
