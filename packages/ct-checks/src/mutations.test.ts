import { expect, it } from 'vitest';
import { mutateBytes, mutateJson, randomNumbers } from './mutations.js';

it('random numbers are those of their seed, spread over [0, 1)', () => {
  const [a, b, other] = [1, 1, 2].map((seed) => Array.from({ length: 1000 }, randomNumbers(seed)));
  expect(a).toEqual(b);
  expect(a).not.toEqual(other);
  expect(Math.min(...a!)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...a!)).toBeLessThan(1);
  expect(a!.reduce((x, y) => x + y) / 1000).toBeCloseTo(0.5, 1);
});

it('every mutation differs from what it was made of, which stays as it is', () => {
  const random = randomNumbers(3);
  const bytes = Uint8Array.from({ length: 50 }, (_, i) => i % 7);
  const json = { a: [1, { b: 'x' }], c: null };
  const [bytesBefore, jsonBefore] = [bytes.slice(), structuredClone(json)];
  for (let i = 0; i < 500; i++) {
    expect(mutateBytes(bytes, random).value).not.toEqual(bytes);
    expect(JSON.stringify(mutateJson(json, random).value)).not.toBe(JSON.stringify(json));
  }
  expect([bytes, json]).toEqual([bytesBefore, jsonBefore]);
});
