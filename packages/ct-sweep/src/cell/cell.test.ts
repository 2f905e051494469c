import { expect, it } from 'vitest';
import { hashOfCell, titleOfCell } from './cell.js';

const cell = { kind: 'noise', version: 1, spec: { seed: 3, betas: [0.9, 0.8], net: { name: 'x' } } };

it('the hash depends on kind, version and every value, and not on the order of keys', () => {
  const hash = hashOfCell(cell);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOfCell({ ...cell, spec: { net: { name: 'x' }, betas: [0.9, 0.8], seed: 3 } })).toBe(hash);
  const others = [
    { ...cell, kind: 'other' },
    { ...cell, version: 2 },
    { ...cell, spec: { ...cell.spec, betas: [0.8, 0.9] } },
    { ...cell, spec: { ...cell.spec, more: null } },
  ];
  expect(new Set([hash, ...others.map(hashOfCell)]).size).toBe(5);
});

it('says a cell in words', () => {
  expect(titleOfCell(cell)).toBe('noise: seed 3, betas [0.9,0.8], net {"name":"x"}');
  expect(titleOfCell({ kind: 'noise', spec: {} })).toBe('noise');
});
