import { expect, it } from 'vitest';
import { missingKernel } from './missingKernel.js';

it.each([
  [new Error("Kernel 'Selu' not registered for backend 'wasm'"), { kernel: 'Selu', backend: 'wasm' }],
  [new Error('out of memory'), undefined],
  ["Kernel 'Selu' not registered for backend 'wasm'", undefined],
  [undefined, undefined],
])('%s says %j', (error, said) => {
  expect(missingKernel(error)).toEqual(said);
});
