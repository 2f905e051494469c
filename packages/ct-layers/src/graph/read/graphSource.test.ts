import '@tensorflow/tfjs-backend-cpu';
import { fits } from '@curvature-tuning/checks';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../test/graphBuilder.js';
import { graphSource, loadArtifacts } from './graphSource.js';

beforeAll(() => tf.setBackend('cpu'));

/** x + w, of two numbers. */
function small(): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.node('Add', 'y', [g.input('x', [null, 2]), g.weight('w', [2], [1, 2])]);
  return g.artifacts();
}

async function weightsOf(source: tf.io.ModelArtifacts): Promise<number[]> {
  const { weightData } = await loadArtifacts('test', source);
  return [...new Float32Array(tf.io.CompositeArrayBuffer.join([weightData].flat()))];
}

describe('loadArtifacts', () => {
  it('takes weights as a buffer, a view of a larger one, a list of equal and unequal parts, and a stream', async () => {
    const artifacts = small();
    const whole = artifacts.weightData as ArrayBuffer;
    const larger = new Uint8Array(20);
    larger.set(new Uint8Array(whole), 7);
    const stream = (): ReadableStream<ArrayBuffer> =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(whole.slice(0, 3));
          controller.enqueue(new Uint8Array(whole.slice(3)) as unknown as ArrayBuffer);
          controller.close();
        },
      });
    for (const weightData of [
      whole,
      new Uint8Array(larger.buffer, 7, 8) as unknown as ArrayBuffer,
      [whole.slice(0, 4), whole.slice(4)],
      [whole.slice(0, 2), whole.slice(2, 4), whole.slice(4)],
    ])
      expect(await weightsOf({ ...artifacts, weightData })).toEqual([1, 2]);
    const { weightData, ...rest } = artifacts;
    expect(weightData).toBe(whole);
    expect(await weightsOf({ ...rest, getWeightStream: stream })).toEqual([1, 2]);
  });

  it('loads what a handler has, and says whose fault it is that it cannot', async () => {
    const { modelTopology } = await loadArtifacts('test', { load: () => Promise.resolve(small()) });
    expect(modelTopology.node.map(({ name }) => name)).toEqual(['x', 'w', 'y']);
    const failing = { load: () => Promise.reject(new Error('no disk')) };
    await expect(loadArtifacts('test', failing)).rejects.toThrow(
      'test: the IO handler could not load the model: no disk',
    );
    const odd = { load: () => Promise.reject(new SyntaxError('Unexpected token <')) };
    await expect(loadArtifacts('test', odd)).rejects.toThrow('what came is no JSON');
    const none = { load: () => Promise.resolve(null as unknown as tf.io.ModelArtifacts) };
    await expect(loadArtifacts('test', none)).rejects.toThrow('expected the source to load model artifacts, got null');
  });

  it.each<[object, string]>([
    [{ modelTopology: { model_config: {} } }, 'this is a LayersModel: use replaceActivations'],
    [{ modelTopology: {} }, 'pass a model that tensorflowjs_converter wrote as tfjs_graph_model'],
    [{ modelTopology: { node: [] }, weightsManifest: [] }, 'without the weights that it lists; pass its URL'],
    [{ modelTopology: { node: [] }, weightSpecs: 7 }, 'weightSpecs must be a list, got 7'],
    [{ ...small(), weightData: [7] }, 'weightData must be an ArrayBuffer or a list of them'],
  ])('%#: refuses what is no GraphModel: %s', async (artifacts, message) => {
    await expect(loadArtifacts('test', artifacts as tf.io.ModelArtifacts)).rejects.toThrow(message);
  });

  it('passes on that a stream broke off', async () => {
    const { modelTopology, weightSpecs } = small();
    const getWeightStream = (): ReadableStream<ArrayBuffer> =>
      new ReadableStream({ pull: (controller) => controller.error(new Error('cable')) });
    await expect(loadArtifacts('test', { modelTopology, weightSpecs, getWeightStream } as never)).rejects.toThrow(
      'test: the stream of weights broke off: cable',
    );
  });
});

it('graphSource tells sources from models that were loaded already', () => {
  for (const source of ['model.json', small(), { load: () => Promise.resolve(small()) }])
    expect(fits(graphSource, source)).toBe(true);
  const layersModel = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  for (const other of ['', null, 7, [], Promise.resolve(small()), layersModel])
    expect(fits(graphSource, other)).toBe(false);
});
