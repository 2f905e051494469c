import { expect, it } from 'vitest';
import type { Validated } from './adapted.js';
import { supersedes } from './adapted.js';

it('a gain within two standard errors counts where the loss is no larger, a larger one always, a tie by loss', () => {
  const validated = (validationAccuracy: number, validationLoss: number): Validated => ({
    validationAccuracy,
    validationLoss,
  });
  // Of 36 examples 31 are right; two standard errors are 4.1 of them.
  const start = validated(31 / 36, 0.5);
  expect(supersedes(validated(33 / 36, 0.6), start, 36)).toBe(false);
  expect(supersedes(validated(33 / 36, 0.5), start, 36)).toBe(true);
  expect(supersedes(validated(35 / 36, 0.6), start, 36)).toBe(false);
  expect(supersedes(validated(1, 0.9), start, 36)).toBe(true);
  expect(supersedes(validated(31 / 36, 0.4), start, 36)).toBe(true);
  expect(supersedes(start, start, 36)).toBe(false);
  expect(supersedes(validated(30 / 36, 0.1), start, 36)).toBe(false);
  // Where all are right nothing is better by more.
  expect(supersedes(validated(1, 0.2), validated(1, 0.1), 36)).toBe(false);
});
