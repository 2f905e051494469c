import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { paperSchedule } from './schedule.js';

const golden = JSON.parse(readFileSync(new URL('../../test/golden/linear_probe.json', import.meta.url), 'utf8')) as {
  lr_schedule: [number, number][];
};

it('follows the reference schedule to 2e-9 · base', () => {
  golden.lr_schedule.forEach((rates, i) => {
    for (const [base, rate] of [
      [0.1, rates[0]],
      [0.001, rates[1]],
    ] as const) {
      expect(Math.abs(base * paperSchedule(Math.floor(i / 7), i % 7, 7) - rate)).toBeLessThan(2e-9 * base + 1e-18);
    }
  });
  expect(golden.lr_schedule.length).toBe(140);
});
