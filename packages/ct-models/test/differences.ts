/**
 * Gradients against differences, for layers and networks.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { add, memory, mul, randomNormal, sum, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/**
 * Holds the derivative of sum(y·r), of fixed random r, along a random direction of each variable against central
 * differences, to a part of the larger of the two and 1.
 */
export function expectGradients(
  value: () => Tensor,
  variables: ReadonlyMap<string, Variable>,
  { step = 1e-2, tolerance = 5e-3 }: { step?: number; tolerance?: number } = {},
): void {
  const before = memory().numTensors;
  tidy(() => {
    const weights = randomNormal(value().shape, 0, 1, 'float32', 11);
    const loss = (): Tensor => sum(mul(value(), weights));
    const { grads } = variableGrads(() => loss() as never, [...variables.values()]);
    let seed = 100;
    for (const [name, variable] of variables) {
      const direction = randomNormal(variable.shape, 0, 1, 'float32', seed++);
      const exact = sum(mul(grads[variable.name]!, direction)).dataSync()[0]!;
      const original = variable.clone();
      const at = (t: number): number => {
        variable.assign(add(original, mul(direction, t)));
        return loss().dataSync()[0]!;
      };
      const difference = (at(step) - at(-step)) / (2 * step);
      variable.assign(original);
      const error = Math.abs(exact - difference) / Math.max(1, Math.abs(exact), Math.abs(difference));
      expect(error, `${name}: ${exact}, by differences ${difference}`).toBeLessThan(tolerance);
    }
  });
  expect(memory().numTensors).toBe(before);
}
