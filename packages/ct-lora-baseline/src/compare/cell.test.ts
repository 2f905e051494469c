import { expect, it } from 'vitest';
import type { Cell, CellSpecification } from './cell.js';
import { cellKey, checkCell } from './cell.js';

const specification: CellSpecification = {
  network: 'n',
  data: { id: 'd', train: null, validation: null, test: null },
  classes: null,
  protocol: 'strict',
  method: 'lora',
  seed: 1,
  learningRate: { own: 0.1, head: 0.01 },
  epochs: 1,
  batchSize: 32,
  backend: 'cpu',
};
const cell: Cell = {
  method: 'lora',
  seed: 1,
  learningRate: { head: 0.01, own: 0.1 },
  seconds: 1,
  peakBytes: 0,
  failure: 'loss is NaN',
};

it('a key does not depend on the order of fields, but on each of them', () => {
  const { network, ...rest } = specification;
  const key = cellKey(specification);
  expect(cellKey({ ...rest, network })).toBe(key);
  expect(cellKey({ ...specification, seed: 2 })).not.toBe(key);
  expect(cellKey({ ...specification, learningRate: { own: 0.1, head: 0.1 } })).not.toBe(key);
  expect(cellKey({ ...specification, betas: [1] })).not.toBe(key);
});

it('takes the cell of its specification, whatever the order of fields', () => {
  expect(() => checkCell(cell, specification)).not.toThrow();
});

it.each([
  ['another seed', { ...cell, seed: 2 }, /checkCell: cell\.seed must be 1, got 2/],
  ['another rate', { ...cell, learningRate: { own: 1, head: 0.01 } }, /checkCell: cell\.learningRate must be/],
  ['neither result nor failure', { ...cell, failure: undefined }, /either a result or a failure/],
  ['a negative time', { ...cell, seconds: -1 }, /seconds/],
  ['nothing', undefined, /cell/],
])('refuses one of %s', (_, value, message) => {
  expect(() => checkCell(value, specification)).toThrow(message);
});
