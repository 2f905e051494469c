import { expect, it } from 'vitest';
import { cells } from './index.js';
import { ratesOf } from './transferCell.js';

const { transfer } = cells;

it('rates: the paper has one, strict chooses among several, and a probe has none to choose', () => {
  expect(ratesOf('tct', 'paper')).toEqual([{ own: 0.1, head: 1e-3 }]);
  expect(ratesOf('tct', 'strict', [0.1, 1])).toEqual([
    { own: 0.1, head: 1e-3 },
    { own: 1, head: 1e-3 },
  ]);
  expect(ratesOf('probe', 'strict')).toHaveLength(1);
});

it('adapts the bundled network, and gives the same result again', async () => {
  const spec = { network: 'resnet14.mnist', data: 'digits', method: 'probe', protocol: 'strict', seed: 42 };
  const run = (): unknown => transfer!.run(spec, { onProgress: () => undefined, scratch: () => Promise.resolve('') });
  const result = (await run()) as { testAccuracy: number; right: string };
  // What docs/comparison.md has: 97.9 % of 797.
  expect(result.testAccuracy).toBeCloseTo(0.979, 3);
  const ones = [...Buffer.from(result.right, 'base64')].reduce(
    (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
    0,
  );
  expect(ones / 797).toBeCloseTo(result.testAccuracy, 6);
  expect(await run()).toEqual(result);
});

it('refuses what it does not know', async () => {
  const run = transfer!.run(
    { network: 'x', data: 'x', method: 'tct', protocol: 'strict', seed: 1, epoch: 3 },
    {
      onProgress: () => undefined,
      scratch: () => Promise.resolve(''),
    },
  ) as Promise<unknown>;
  await expect(run).rejects.toThrow('transfer: unknown field of the specification "epoch"; did you mean epochs?');
});
