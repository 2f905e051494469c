import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { tunedOn } from '../../test/tunedAdapters.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { checkFit, checkMeta } from './adapterFit.js';
import type { Adapter } from './adapterSchema.js';

const tuned = tunedOn('cpu');
const steered = () => replaceActivations(tuned.base, { sharing: 'channel' }).model;

function changed(change: (tensors: Map<string, { shape: number[]; data: Float32Array }>) => void): Adapter {
  const adapter = tuned.adapters['two']!;
  const tensors = new Map(adapter.tensors);
  change(tensors);
  return { ...adapter, tensors };
}

const numbers = (...shape: number[]): { shape: number[]; data: Float32Array } => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

it('takes an adapter of the model, whatever number of classes its head has', () => {
  for (const adapter of Object.values(tuned.adapters)) expect(() => checkFit(steered(), adapter, false)).not.toThrow();
});

it('names all that is missing, unexpected and of another shape at once, with what each should be', () => {
  const adapter = changed((tensors) => {
    tensors.delete('hidden_ctu/coeff');
    tensors.set('conv/kernel2', numbers(2));
    tensors.set('head/kernel', numbers(7, 2));
    tensors.set('relu/beta', numbers(1, 1, 9));
  });
  expect(() => checkFit(steered(), adapter, false)).toThrow(
    'missing: hidden_ctu/coeff; unexpected: conv/kernel2; mis-shaped: relu/beta ([1, 1, 9], the model has ' +
      '[1, 1, 3]), head/kernel ([7, 2], the model has [4, 5])',
  );
});

it('tells how a model is made that the adapter fits, trained parts included', () => {
  const sloped = changed((tensors) => tensors.set('relu/alpha', numbers(1, 1, 3)).set('relu/scale', numbers(1, 1, 3)));
  expect(() => checkFit(tuned.base, sloped, false)).toThrow(
    '"net" has no CT layer; make the model by replaceActivations(base, ' +
      "{sharing: 'channel', slope: true, affine: true})",
  );
});

it('compares what an adapter says of pixels and classes with what the model takes', () => {
  const model = steered();
  const adapter = tuned.adapters['two']!;
  const saying = (meta: NonNullable<Adapter['config']['meta']>, more: Partial<Adapter['config']> = {}): Adapter => ({
    ...adapter,
    config: { ...adapter.config, ...more, meta },
  });
  const pixels = { inputSize: [6, 6, 1] as const, range: [0, 1] as const, mean: [0.1], std: [0.2] };
  expect(() => checkMeta(model, saying({ preprocessing: pixels }), {})).not.toThrow();
  expect(() => checkMeta(model, saying({ preprocessing: { ...pixels, inputSize: [8, 8, 1] } }), {})).toThrow(
    "applyAdapter: the adapter's preprocessing makes images of [8, 8, 1]",
  );
  expect(() =>
    checkMeta(model, saying({ preprocessing: pixels }), { preprocessing: { ...pixels, mean: [0.5] } }),
  ).toThrow(/trained on pixels of .*"mean":\[0\.1\].* says that it takes .*"mean":\[0\.5\]/);
  expect(() => checkMeta(model, saying({ classNames: ['a', 'b'] }, { head: null }), {})).toThrow(
    'the adapter names 2 classes, and "net" has 5; pass {force: true}',
  );
});
