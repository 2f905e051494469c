import { describe, expect, it } from 'vitest';
import { lbfgs } from './lbfgs.js';

describe('lbfgs', () => {
  it('finds the minimum of a quadratic and of the Rosenbrock function to 1e-6', async () => {
    const quadratic = await lbfgs(
      (x) =>
        Promise.resolve({
          value: x.reduce((sum, v, i) => sum + (i + 1) * (v - i) ** 2, 0),
          gradient: x.map((v, i) => 2 * (i + 1) * (v - i)),
        }),
      new Float64Array(20),
      { tolerance: 1e-9 },
    );
    quadratic.x.forEach((v, i) => expect(Math.abs(v - i)).toBeLessThan(1e-6));
    expect(quadratic.status).toBe('converged');
    const rosenbrock = await lbfgs(
      ([a, b]) =>
        Promise.resolve({
          value: (1 - a!) ** 2 + 100 * (b! - a! ** 2) ** 2,
          gradient: Float64Array.of(-2 * (1 - a!) - 400 * a! * (b! - a! ** 2), 200 * (b! - a! ** 2)),
        }),
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-9 },
    );
    rosenbrock.x.forEach((v) => expect(Math.abs(v - 1)).toBeLessThan(1e-6));
  });

  it('says when it stalls or runs out of iterations', async () => {
    const lying = await lbfgs((x) => Promise.resolve({ value: 0, gradient: x.map(() => 1) }), new Float64Array(2));
    expect(lying.status).toBe('stalled');
    const endless = await lbfgs(
      (x) => Promise.resolve({ value: -x[0]!, gradient: Float64Array.of(-1) }),
      new Float64Array(1),
      { maxIterations: 3 },
    );
    expect(['iterationLimit', 'stalled']).toContain(endless.status);
  });
});
