// What the committed cubins take of a card, by their own account: without the network, and without a card.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelsOf } from '../../../tools/bench/cubin.mjs';
import { nativeFolder } from '../src/opLibrary.js';

const THREADS = 256;
const REGISTERS_OF_A_MULTIPROCESSOR = 65_536;
/** Blocks that a multiprocessor holds at once, by its registers: what `__launch_bounds__` asks for. */
const BLOCKS_AT_ONCE: Record<string, number> = {
  ctuSlopes: 4,
  ctuFormSlopes: 4,
  ctuMoments: 4,
  ctuNormalizeSums: 4,
  ctuNormalizeUnitSums: 4,
  ctuNormalizeAllSums: 3,
};

describe.each(['sm_80', 'sm_90'])('the cubin for %s', (architecture) => {
  const kernels = kernelsOf(readFileSync(join(nativeFolder, 'cuda', 'binaries', `ctu.${architecture}.cubin`)));

  it('has the kernels that are launched', () => {
    const launched = readFileSync(join(nativeFolder, 'cuda', 'driver.h'), 'utf8').match(/"ctu\w+"/g)!;
    expect(Object.keys(kernels).sort()).toEqual(launched.map((name) => name.slice(1, -1)).sort());
  });

  it.each(Object.entries(BLOCKS_AT_ONCE))('has room for the blocks of %s, %i at once', (kernel, blocks) => {
    expect(kernels[kernel]!.registers * THREADS * blocks).toBeLessThanOrEqual(REGISTERS_OF_A_MULTIPROCESSOR);
  });

  it('keeps all numbers of a thread in registers, but for some of three kernels of sums', () => {
    const spilled = Object.entries(kernels).filter(([, { localBytes }]) => localBytes > 0);
    expect(spilled.map(([name]) => name).sort()).toEqual([
      'ctuFormSlopes',
      'ctuNormalizeAllSums',
      'ctuNormalizeUnitSums',
    ]);
    for (const [name, { localBytes }] of spilled) expect(localBytes, name).toBeLessThanOrEqual(64);
  });
});
