import { expect, it } from 'vitest';
import type { ProposalSetting } from './proposalSetting.js';
import { LinfProposals } from './squareLinf.js';

const setting = (change: Partial<ProposalSetting> = {}): ProposalSetting => ({
  clean: new Float32Array(144).fill(0.5),
  ids: Int32Array.of(7, 8),
  variants: Int32Array.of(0, 0),
  height: 6,
  width: 6,
  channels: 2,
  eps: 0.1,
  seed: 1,
  share: () => 0.25,
  ...change,
});
const clean = (value: number): Float32Array => new Float32Array(144).fill(value);
const begun = (given: ProposalSetting, row = 0): Float32Array => {
  const out = new Float32Array(72);
  new LinfProposals(given).start(row, out, 0);
  return out;
};

it('begins with vertical stripes at the edge of the ball', () => {
  const out = begun(setting({ clean: clean(0.5) }));
  for (const value of out) expect(Math.abs(Math.abs(value - 0.5) - 0.1)).toBeLessThan(1e-6);
  for (let i = 12; i < 72; i++) expect(out[i]).toBe(out[i - 12]);
});

it('begins alike for one image and seed, whatever its row, otherwise for another', () => {
  const given = setting({ clean: clean(0.5) });
  const swapped = setting({ clean: clean(0.5), ids: Int32Array.of(8, 7) });
  expect(begun(swapped, 1)).toEqual(begun(given, 0));
  expect(begun(given, 1)).not.toEqual(begun(given, 0));
  expect(begun(setting({ clean: clean(0.5), seed: 2 }), 0)).not.toEqual(begun(given, 0));
});

it('proposes one square of a share of the image, whose values change together', () => {
  const given = setting({ clean: clean(0.5) });
  const proposals = new LinfProposals(given);
  const point = new Float32Array(72).fill(0.5);
  proposals.propose(0, 3, point, 0);
  // sqrt(0.25 · 36) = 3 pixels a side.
  const moved = [...point.keys()].filter((i) => Math.abs(point[i]! - 0.5) > 1e-6);
  expect(moved).toHaveLength(9 * 2);
  for (const i of moved) expect(Math.abs(point[i]! - 0.5)).toBeLessThanOrEqual(0.1 + 1e-6);
  expect(new Set(moved.filter((i) => i % 2 === 0).map((i) => point[i])).size).toBe(1);
  const again = new Float32Array(72).fill(0.5);
  proposals.propose(1, 3, again, 0);
  expect(again).toEqual(point);
});

it('stays in the range of pixels', () => {
  for (const value of begun(setting({ clean: clean(0.02) }))) expect(value).toBeGreaterThanOrEqual(0);
  for (const value of begun(setting({ clean: clean(0.97) }))) expect(value).toBeLessThanOrEqual(1);
});
