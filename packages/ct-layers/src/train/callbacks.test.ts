import { fits } from '@curvature-tuning/checks';
import { expect, it } from 'vitest';
import type { FitCallback } from './callbacks.js';
import { CallbackList, fitCallback } from './callbacks.js';

const record = { epoch: 2, loss: 0.5, accuracy: 0.75, validationLoss: 0.6, validationAccuracy: 0.7, seconds: 1 };
const params = { epochs: 3, steps: 4 };

it('hands each callback the numbers under the names of model.fit, in turn', async () => {
  const heard: unknown[] = [];
  const callback = (name: string): FitCallback => ({
    setParams: ({ epochs, steps }) => heard.push([name, 'params', epochs, steps]),
    onTrainBegin: () => void heard.push([name, 'begin']),
    onBatchEnd: (batch, logs) => void heard.push([name, batch, logs]),
    onEpochEnd: async (epoch, logs) => {
      await Promise.resolve();
      heard.push([name, epoch, logs]);
    },
  });
  const list = new CallbackList([callback('a'), callback('b')], undefined, params);
  await list.trainBegin();
  await list.batchBegin(0, 8);
  await list.batchEnd(0, 8, { loss: 1, accuracy: 0.5 });
  await list.epochEnd(record);
  const logs = { loss: 0.5, acc: 0.75, val_loss: 0.6, val_acc: 0.7 };
  const batch = { batch: 0, size: 8, loss: 1, acc: 0.5 };
  expect(heard).toEqual([
    ['a', 'params', 3, 4],
    ['b', 'params', 3, 4],
    ['a', 'begin'],
    ['b', 'begin'],
    ['a', 0, batch],
    ['b', 0, batch],
    ['a', 2, logs],
    ['b', 2, logs],
  ]);
});

it('says when a callback stopped the model, but not on what a run before left', async () => {
  const model = { stopTraining: true };
  const stops: FitCallback = { onEpochEnd: (epoch) => void (model.stopTraining = epoch === 2) };
  const list = new CallbackList(stops, model, params);
  expect(model.stopTraining).toBe(false);
  expect(await list.epochEnd({ ...record, epoch: 1 })).toBe(false);
  expect(await list.epochEnd(record)).toBe(true);
});

it('without callbacks nobody stops', async () => {
  expect(await new CallbackList(undefined, { stopTraining: true }, params).epochEnd(record)).toBe(false);
});

it('a callback has at least one of the methods', () => {
  expect(fits(fitCallback, { onEpochEnd: () => undefined })).toBe(true);
  for (const other of [{}, { onEpochEnd: 3 }, [], null, 'onEpochEnd']) expect(fits(fitCallback, other)).toBe(false);
});
