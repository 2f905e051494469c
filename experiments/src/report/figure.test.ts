import * as Plot from '@observablehq/plot';
import { expect, it } from 'vitest';
import type { Film } from './figure.js';
import { frame, svgOf } from './figure.js';

/** A film whose frames are dots, and the frames that its style shows at a share of its time. */
function filmOf(film: Film): { svg: string; shownAt: (share: number) => number[] } {
  const marks = Array.from({ length: film.frames }, (_, i) => Plot.dot([[i / 3, 1 / 3]], frame(i)));
  const svg = svgOf({ name: 'x', title: 'x', description: 'x', plot: { marks }, film });
  const frames = [...svg.matchAll(/@keyframes f\d+\{((?:[\d.]+%\{visibility:\w+\})+)\}/g)].map(([, times]) =>
    [...times!.matchAll(/([\d.]+)%\{visibility:(\w+)\}/g)].map(([, at, is]) => ({ at: Number(at), is })),
  );
  const shownAt = (share: number): number[] =>
    frames.flatMap((times, i) => (times.findLast(({ at }) => at <= 100 * share)!.is === 'visible' ? [i] : []));
  return { svg, shownAt };
}

it('shows one frame after the other, and goes back where it is told', () => {
  const there = filmOf({ frames: 4, seconds: 2, isBackAndForth: false });
  expect([0, 0.26, 0.51, 0.76, 0.99].map(there.shownAt)).toEqual([[0], [1], [2], [3], [3]]);
  const back = filmOf({ frames: 4, seconds: 2, isBackAndForth: true });
  expect([0.01, 0.18, 0.34, 0.51, 0.68, 0.84, 0.99].map(back.shownAt)).toEqual([[0], [1], [2], [3], [2], [1], [1]]);
});

it('has the first frame alone where nothing moves, and coordinates of a tenth', () => {
  const { svg } = filmOf({ frames: 3, seconds: 2, isBackAndForth: true });
  expect(svg).toContain('.frame{visibility:hidden;animation:2s step-end infinite}.f0{visibility:visible}');
  expect(svg).toContain('prefers-reduced-motion:reduce');
  expect([...svg.matchAll(/class="frame f\d+"/g)]).toHaveLength(3);
});

it('is the same whatever was drawn before', () => {
  const marks = [Plot.lineY([1, 2, 3], { clip: true })];
  const draw = (): string => svgOf({ name: 'x', title: 'x', description: 'x', plot: { marks } });
  expect(draw()).toBe(draw());
  expect(draw()).toContain('x-clip-1');
});
