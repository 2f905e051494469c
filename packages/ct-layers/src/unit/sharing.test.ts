import { expect, it } from 'vitest';
import { blockOf, groupOf } from './sharing.js';

it('reads blocks off the names of torchvision, Keras ResNet, Keras MobileNetV2 and others', () => {
  expect(blockOf('layer1.0.relu')).toBe('layer1.0');
  expect(blockOf('features.3.conv.1')).toBe('features.3.conv.1'.replace('.conv.1', ''));
  expect(blockOf('conv2_block1_1_relu')).toBe('conv2_block1');
  expect(blockOf('conv2_block1_out')).toBe('conv2_block1');
  expect(blockOf('block_13_expand_relu')).toBe('block_13');
  expect(blockOf('encoder/block3/relu')).toBe('encoder/block3');
  expect(blockOf('relu')).toBe('relu');
  expect(blockOf('Conv1_relu')).toBe('Conv1_relu');
});

it('names the groups of every sharing', () => {
  const site = { layer: 'layer1.0.relu', source: 'layer1.0.relu', shape: [null, 56, 56, 64] };
  expect((['channel', 'site', 'block', 'stage', 'model'] as const).map((sharing) => groupOf(site, sharing))).toEqual([
    'layer1.0.relu',
    'layer1.0.relu',
    'layer1.0',
    '56x56',
    'model',
  ]);
  expect(groupOf({ ...site, shape: [null, 64] }, 'stage')).toBe('vector');
  expect(groupOf({ ...site, shape: [null, null, null, 64] }, 'stage')).toBe('?x?');
});
