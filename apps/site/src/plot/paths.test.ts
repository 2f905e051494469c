import { expect, it } from 'vitest';
import { combPath, dotsPath, linear, linesPath } from './paths.ts';

const x = linear([0, 1], [0, 100]);
const y = linear([0, 1], [100, 0]);

it('draws lines', () => {
  expect(
    linesPath(
      [
        [
          [0, 0],
          [0.5, 1],
        ],
        [
          [1, 1],
          [1, 0],
        ],
      ],
      x,
      y,
    ),
  ).toBe('M0.0 100.0L50.0 0.0M100.0 0.0L100.0 100.0');
});

it('draws teeth as long as the curvature, to the longest', () => {
  const teeth = [1, -2, 99].map((curvature) => ({ at: [0.5, 0.5] as const, normal: [0, 1] as const, curvature }));
  expect(combPath([teeth], { x, y, length: 0.1, longest: 0.3 })).toBe(
    'M50.0 50.0L50.0 40.0M50.0 50.0L50.0 70.0M50.0 50.0L50.0 20.0',
  );
});

it('draws dots', () => {
  expect(dotsPath([[0.5, 0.5]], 2, x, y)).toBe('M48.0 50.0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0');
});
