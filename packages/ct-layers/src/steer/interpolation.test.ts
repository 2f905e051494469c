import { phi } from '@curvature-tuning/activation/math';
import { expect, it } from 'vitest';
import { interpolationNodes, interpolationWeights } from './interpolation.js';
import { paperBetas } from './search.js';

const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

it("takes a quarter of the paper's grid, with both ends, and no grid of which it would need more than half", () => {
  const nodes = interpolationNodes(paperBetas)!;
  expect(nodes.length).toBeGreaterThan(5);
  expect(nodes.length).toBeLessThan(9);
  expect([nodes[0], nodes.at(-1)]).toEqual([0.7, 0.99]);
  expect(nodes).toEqual([...new Set(nodes)].sort((a, b) => a - b));
  expect(nodes.every((node) => paperBetas.includes(node))).toBe(true);
  expect(interpolationNodes([0.7, 0.8, 0.9])).toBeUndefined();
  expect(interpolationNodes([0.9])).toBeUndefined();
  expect(interpolationNodes([0.9, 0.9])).toBeUndefined();
  expect(interpolationNodes(range(0, 1, 101).reverse())).toEqual(interpolationNodes(range(0, 1, 101)));
});

it('weights sum to 1, are exact at the nodes, and give polynomials in ln(1.05 − beta) to 1e-12', () => {
  const nodes = interpolationNodes(paperBetas)!;
  for (const beta of [...paperBetas, 0.715]) {
    const weights = interpolationWeights(nodes, beta);
    expect(Math.abs(weights.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-12);
    const cubic = (b: number): number => Math.log(1.05 - b) ** 3 - Math.log(1.05 - b);
    expect(Math.abs(weights.reduce((sum, w, k) => sum + w * cubic(nodes[k]!), 0) - cubic(beta))).toBeLessThan(1e-12);
  }
  expect(interpolationWeights(nodes, nodes[2]!).map((w) => w + 0)).toEqual(nodes.map((_, k) => Number(k === 2)));
});

it.each([
  [0.7, 0.99, 30, 2e-3],
  [0, 1, 101, 2e-3],
])('means of phi over x in [-3, 3] from %d to %d are right to 2e-3 of themselves', (from, to, count, bound) => {
  const betas = range(from, to, count);
  const nodes = interpolationNodes(betas)!;
  const mean = (beta: number): number => range(-3, 3, 601).reduce((sum, x) => sum + phi(x, beta, 0.5), 0) / 601;
  for (const beta of betas) {
    const interpolated = interpolationWeights(nodes, beta).reduce((sum, w, k) => sum + w * mean(nodes[k]!), 0);
    expect(Math.abs(interpolated / mean(beta) - 1)).toBeLessThan(bound);
  }
});
