import '@tensorflow/tfjs-backend-cpu';
import { fits } from '@curvature-tuning/checks';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { replaceGraphActivations } from './replaceGraphActivations.js';
import type { SteerableGraphModel } from './steeredGraph.js';
import { graphOf, steeredGraph, steeredSchema } from './steeredGraph.js';

beforeAll(() => tf.setBackend('cpu'));

/** relu(x)·W, of 3 numbers and 2. */
function made(): Promise<SteerableGraphModel> {
  const g = new GraphBuilder();
  const relu = g.node('Relu', 'relu', [g.input('x', [null, 3])]);
  g.node('MatMul', 'y', [relu, g.weight('w', [3, 2], [1, 0, 0, 1, 1, 1])]);
  return replaceGraphActivations(g.artifacts());
}

const run = (steered: SteerableGraphModel): number[] =>
  tf.tidy(() => [...(steered.model.predict(tf.tensor2d([[-1, 2, 3]])) as tf.Tensor).dataSync()]);

describe('SteeredGraph', () => {
  it('computes with its own layers, each graph with its own, whatever others are set to', async () => {
    const [a, b] = [await made(), await made()];
    b.setBeta(0.5);
    expect(run(a)).toEqual([3, 5]);
    expect(run(b)).not.toEqual([3, 5]);
    b.setBeta(1);
    expect(run(b)).toEqual([3, 5]);
    a.model.dispose();
    expect(run(b)).toEqual([3, 5]);
    b.model.dispose();
  });

  it('lives until the last of its users has let go of it, and then frees all', async () => {
    const before = tf.memory().numTensors;
    const steered = await made();
    const graph = steeredGraph('test', steered);
    graph.retain();
    steered.model.dispose();
    // Twice is once.
    steered.model.dispose();
    expect(graphOf(graph.id)).toBe(graph);
    graph.release();
    expect(graphOf(graph.id)).toBeUndefined();
    expect(() => steeredGraph('test', steered)).toThrow('test: the steered graph was disposed of; make it again');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('runs with other layers in place of its own for one call', async () => {
    const [a, b] = [await made(), await made()];
    b.setBeta(0.2);
    const graph = steeredGraph('test', a);
    const [own, other] = tf.tidy(() => {
      const inputs = { x: tf.tensor2d([[-1, 2, 3]]) };
      return [new Map(), b.activations].map((units) => [
        ...graph.executeWith(units, new Map(), inputs, 'y').dataSync(),
      ]);
    });
    expect(own).toEqual([3, 5]);
    expect(other).toEqual(run(b));
    expect(run(a)).toEqual([3, 5]);
    [a, b].forEach(({ model }) => model.dispose());
  });

  it('counts the numbers in and out of its largest node, by facts and by a run', async () => {
    const steered = await made();
    const graph = steeredGraph('test', steered);
    // The unit has three numbers in and three out, the MatMul three and two.
    expect(graph.largestNode([[1, 3]], 'y', new Set(['relu', 'y']))).toBe(6);
    expect(graph.largestNode([[10, 3]], 'y', new Set(['y']))).toBe(60);
    steered.model.dispose();
  });
});

it('steeredSchema takes the whole of what replaceGraphActivations returned, not its model', async () => {
  const steered = await made();
  expect(fits(steeredSchema, steered)).toBe(true);
  for (const other of [steered.model, { ...steered, model: undefined }, null, {}])
    expect(fits(steeredSchema, other)).toBe(false);
  steered.model.dispose();
});
