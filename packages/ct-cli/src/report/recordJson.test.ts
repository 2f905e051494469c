import { expect, it } from 'vitest';
import { recordJson } from './recordJson.js';

it('puts lists of numbers in a line each, and says the same as JSON', () => {
  const record = { a: [1, -2.5, 3e-7], b: [[1, 2], []], c: ['[\n  1\n]', '2'], d: { e: [{ f: [0] }] }, g: [1, null] };
  const text = recordJson(record);
  expect(JSON.parse(text)).toEqual(record);
  expect(text).toContain('"a": [1, -2.5, 3e-7]');
  expect(text).toContain('"f": [0]');
});
