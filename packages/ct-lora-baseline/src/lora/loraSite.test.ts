import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora } from './applyLora.js';
import { findSites, loraLayers, selectSites, sitesOfLora } from './loraSite.js';

beforeAll(() => tf.setBackend('cpu'));

const network = (more: tf.layers.Layer[] = []): tf.LayersModel =>
  tf.sequential({
    name: 'net',
    layers: [
      tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 2, inputShape: [5, 5, 1] }),
      tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 2 }),
      ...more,
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 2 }),
    ],
  });
const names = (
  ...given: Parameters<typeof selectSites> extends [string, tf.LayersModel, ...infer R] ? R : never
): string[] => selectSites('f', network(), ...given).map(({ layer }) => layer);

it('finds the layers with a kernel, and refuses those that it cannot change', () => {
  const separable = tf.layers.separableConv2d({ name: 'separable', filters: 2, kernelSize: 2 });
  const { sites, refused } = findSites(network([separable]));
  expect(sites.map(({ layer, className, kernelShape }) => [layer, className, kernelShape])).toEqual([
    ['conv', 'Conv2D', [2, 2, 1, 3]],
    ['depthwise', 'DepthwiseConv2D', [2, 2, 3, 1]],
    ['fc', 'Dense', [8, 2]],
  ]);
  expect([...refused]).toEqual([['separable', 'SeparableConv2D']]);
});

describe('selects', () => {
  it('all, by name, pattern or predicate, without what is excluded', () => {
    expect(names(undefined, undefined)).toEqual(['conv', 'depthwise', 'fc']);
    expect(names('fc', undefined)).toEqual(['fc']);
    expect(names([/^conv/g, 'fc'], undefined)).toEqual(['conv', 'fc']);
    expect(names(undefined, ({ className }) => className === 'Dense')).toEqual(['conv', 'depthwise']);
  });

  it('and refuses names that are not there, and to select nothing', () => {
    expect(() => names('head', undefined)).toThrow(
      'f: "net" has no layer "head" with a kernel; it has conv, depthwise, fc',
    );
    expect(() => names(undefined, /./)).toThrow('f: no layer of "net" matched');
  });

  it('and refuses a kernel that cannot be changed, unless it is left alone', () => {
    const model = network([tf.layers.separableConv2d({ name: 'separable', filters: 2, kernelSize: 2 })]);
    expect(() => selectSites('f', model, undefined, undefined)).toThrow(
      `f: the kernel of "separable" (SeparableConv2D) cannot take a low-rank change; pass exclude: 'separable'`,
    );
    expect(selectSites('f', model, undefined, 'separable')).toHaveLength(3);
  });
});

it('counts the numbers of A and B, and refuses LoRA on LoRA', () => {
  const { model } = applyLora(network(), { rank: 2 });
  expect([...loraLayers(model).keys()]).toEqual(['conv', 'depthwise', 'fc']);
  // r (out + in·height·width).
  expect(sitesOfLora(model).map(({ parameters }) => parameters)).toEqual([2 * (3 + 4), 2 * (3 + 4), 2 * (2 + 27)]);
  expect([...findSites(model).refused.values()].every((what) => /which has LoRA already/.test(what))).toBe(true);
});
