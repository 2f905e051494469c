import { describe, expect, it } from 'vitest';
import { findWheel, WHEELS } from './wheels.js';

describe('the wheels', () => {
  it('have one sum each, and versions are checked', () => {
    expect(new Set(WHEELS.map(({ sha256 }) => sha256)).size).toBe(WHEELS.length);
    for (const { sha256 } of WHEELS) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(findWheel('2.15.1').project).toBe('tensorflow-cpu');
    expect(findWheel('2.18.1', { gpu: true }).project).toBe('tensorflow');
    expect(findWheel('2.9.1', { contents: 'headers', gpu: true }).project).toBe('tensorflow-cpu');
    expect(() => findWheel('2.9.1')).toThrow(
      'libraries of tensorflow-cpu must be of version 2.12.1, 2.15.1, 2.18.1, got 2.9.1',
    );
  });
});
