import { util } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { conformanceCases, drawnCases } from './conformanceCases.js';

describe.each([
  ['conformanceCases', conformanceCases],
  ['drawnCases', drawnCases],
])('%s', (_, cases) => {
  it('names every case otherwise, and gives the same numbers each time', () => {
    const names = cases().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(cases()).toEqual(cases());
  });

  it('gives as many values as the shapes say, parameters of which broadcast to x', () => {
    for (const { x, beta, coeff, dy } of cases()) {
      for (const { shape, values } of [x, beta, coeff, dy]) expect(values).toHaveLength(util.sizeFromShape(shape));
      expect(dy.shape).toEqual(x.shape);
      for (const { shape } of [beta, coeff])
        shape.forEach((size, i) => expect([1, x.shape[x.shape.length - shape.length + i]]).toContain(size));
    }
  });
});

it('drawnCases draws ranks 0 to 5, empty tensors and edges, |x| <= 50, and otherwise from another seed', () => {
  const cases = drawnCases(300);
  expect(new Set(cases.map(({ x }) => x.shape.length))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  const [xs, units] = [
    cases.flatMap(({ x }) => [...x.values]),
    cases.flatMap(({ beta, coeff }) => [...beta.values, ...coeff.values]),
  ];
  expect(cases.some(({ x }) => x.values.length === 0)).toBe(true);
  expect([Math.min(...xs.slice(0, 50_000)), Math.max(...xs.slice(0, 50_000))]).toEqual([-50, 50]);
  expect(xs.some((x) => Object.is(x, -0))).toBe(true);
  expect([Math.min(...units.slice(0, 50_000)), Math.max(...units.slice(0, 50_000))]).toEqual([0, 1]);
  expect(drawnCases(3, 2)).not.toEqual(
    drawnCases(3, 1).map(({ name, ...rest }) => ({ name: name.replace('seed 1', 'seed 2'), ...rest })),
  );
  expect(drawnCases(2, 7)).toEqual(drawnCases(5, 7).slice(0, 2));
});
