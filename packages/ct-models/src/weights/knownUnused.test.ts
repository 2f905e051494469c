import { expect, it } from 'vitest';
import { isKnownUnused } from './knownUnused.js';

it.each([
  ['layer1.0.bn1.num_batches_tracked', []],
  ['sub_block1.layer.0.conv1.weight', [160, 16, 3, 3]],
  ['module.sub_block1.layer.4.bn2.running_var', [160]],
  ['mu', [1, 3, 1, 1]],
  ['module.sigma', [1, 3, 1, 1]],
  ['normalize.mean', [3]],
])('%s is known to be without use', (name, shape) => expect(isKnownUnused(name, shape)).toBe(true));

it.each([
  ['block1.layer.0.conv1.weight', [160, 16, 3, 3]],
  ['my_sub_block1.weight', [1]],
  ['mu', [160, 16, 3, 3]],
  ['mu.weight', [3]],
  ['mean', [3]],
])('%s is not', (name, shape) => expect(isKnownUnused(name, shape)).toBe(false));
