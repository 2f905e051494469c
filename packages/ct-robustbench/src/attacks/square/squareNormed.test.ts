import { describe, expect, it } from 'vitest';
import type { ProposalSetting } from './proposalSetting.js';
import { NormedProposals } from './squareNormed.js';

const setting = (eps: number, change: Partial<ProposalSetting> = {}): ProposalSetting => ({
  clean: new Float32Array(200).fill(0.5),
  ids: Int32Array.of(7, 8),
  variants: Int32Array.of(0, 0),
  height: 10,
  width: 10,
  channels: 1,
  eps,
  seed: 1,
  share: () => 0.1,
  ...change,
});
const length = (norm: 'L2' | 'L1', point: Float32Array): number =>
  norm === 'L2'
    ? Math.sqrt(point.reduce((sum, value) => sum + (value - 0.5) ** 2, 0))
    : point.reduce((sum, value) => sum + Math.abs(value - 0.5), 0);

describe.each([
  ['L2', 0.8],
  ['L1', 4],
] as const)('in %s', (norm, eps) => {
  const begun = (change: Partial<ProposalSetting> = {}, row = 0): Float32Array => {
    const out = new Float32Array(100);
    new NormedProposals(norm, setting(eps, change)).start(row, out, 0);
    return out;
  };

  it('begins on the sphere, alike for one image and seed', () => {
    expect(length(norm, begun())).toBeCloseTo(eps, 3);
    expect(begun({ ids: Int32Array.of(8, 7) }, 1)).toEqual(begun());
    expect(begun({ seed: 2 })).not.toEqual(begun());
  });

  it('a proposal stays in the ball, and is another point', () => {
    const proposals = new NormedProposals(norm, setting(eps));
    const point = new Float32Array(100);
    proposals.start(0, point, 0);
    for (let query = 1; query < 6; query++) {
      const before = point.slice();
      proposals.propose(0, query, point, 0);
      expect(point).not.toEqual(before);
      expect(length(norm, point)).toBeLessThanOrEqual(eps * (1 + 1e-5));
    }
  });

  it('stays in the range of pixels', () => {
    const out = new Float32Array(100);
    new NormedProposals(norm, setting(eps, { clean: new Float32Array(200).fill(0.99) })).start(0, out, 0);
    for (const value of out) expect(value).toBeLessThanOrEqual(1);
  });
});

it('refuses images of fewer than 5 rows', () => {
  expect(() => new NormedProposals('L2', setting(1, { height: 4 }))).toThrow('at least 5 × 5 pixels, got 4 × 10');
});
