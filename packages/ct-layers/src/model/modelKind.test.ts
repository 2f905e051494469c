import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../test/graphBuilder.js';
import { graphFeatures, replaceGraphActivations } from '../graph/index.js';
import * as layers from '../index.js';
import * as models from '../model.js';
import * as training from '../training.js';

const examples = { images: [[0, 1]], labels: [0] } as never;

/** Every public function that takes a LayersModel, called with something else. */
const functions: Record<string, (model: never) => unknown> = {
  accuracy: (model) => layers.accuracy(model, examples),
  applyAdapter: (model) => layers.applyAdapter(model, {} as never),
  baseFingerprint: (model) => models.baseFingerprint(model),
  copyModel: (model) => models.copyModel(model),
  curvatureLayers: (model) => models.curvatureLayers(model),
  disableAdapters: (model) => layers.disableAdapters(model, () => 1),
  fitClassifier: (model) => training.fitClassifier(model, examples, examples),
  fromTorchStateDict: (model) => layers.fromTorchStateDict(model, new Map()),
  getAdapter: (model) => layers.getAdapter(model),
  leafLayers: (model) => models.leafLayers(model),
  linearProbe: (model) => layers.linearProbe(model, examples, examples),
  listAdapters: (model) => layers.listAdapters(model),
  meanCrossEntropy: (model) => layers.meanCrossEntropy(model, examples),
  prepareForTraining: (model) =>
    training.prepareForTraining(model, { batchNorm: 'frozen', random: new training.Random(1) }),
  removeAdapter: (model) => layers.removeAdapter(model),
  replaceActivations: (model) => layers.replaceActivations(model),
  rewriteLayers: (model) => models.rewriteLayers(model, (_, __, entry) => entry),
  steer: (model) => layers.steer(model, examples, examples),
  switchAdapter: (model) => layers.switchAdapter(model, 'default'),
  tune: (model) => layers.tune(model, examples, examples),
};

const artifacts = (): tf.io.ModelArtifacts => {
  const g = new GraphBuilder();
  g.node('Relu', 'act', [g.input('x', [null, 2])]);
  return g.artifacts();
};

describe('what comes where a model is wanted', () => {
  const kept: { dispose: () => unknown }[] = [];
  let things: Record<string, [thing: unknown, message: RegExp]>;
  let before: number;
  beforeAll(async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu' })] });
    const graph = await tf.loadGraphModel(tf.io.fromMemory(artifacts()));
    const steeredGraph = await replaceGraphActivations(artifacts());
    const steered = layers.replaceActivations(model);
    const tensor = tf.zeros([1]);
    kept.push(model, graph, steeredGraph.model, steered.model, tensor);
    things = {
      'a GraphModel': [
        graph,
        /got a GraphModel; pass the URL, IO handler or artifacts .* to replaceGraphActivations, .* graphFeatures/,
      ],
      'a steered GraphModel': [steeredGraph.model, /got a GraphModel; .*replaceGraphActivations/],
      'the result of replaceGraphActivations': [
        steeredGraph,
        /got what replaceGraphActivations returned; .*graphFeatures/,
      ],
      'the result of replaceActivations': [steered, /got what replaceActivations returned; pass its model/],
      'the result of tune': [{ classifier: model, history: [] }, /pass its classifier/],
      'a Promise': [Promise.resolve(model), /got a Promise; await it/],
      'a path': ['models/mobilenet/model.json', /got the text "models\/mobilenet\/model.json"; load it first/],
      'a function': [(x: unknown) => x, /got a function/],
      'an array': [[model], /got an array; pass one model/],
      null: [null, /got null/],
      undefined: [undefined, /got undefined/],
      'a number': [7, /got the number 7/],
      'an object': [{ weights: 1 }, /got an object with weights/],
      'an empty object': [{}, /got an object without fields/],
      'a layer': [model.layers[0], /got the layer ".*"; make a model/],
      'a symbolic tensor': [model.outputs[0], /got a symbolic tensor; make a model/],
      'a tensor': [tensor, /got a tensor/],
      'an IO handler': [tf.io.fromMemory(artifacts()), /got an IO handler; load it first/],
      artifacts: [artifacts(), /got model artifacts; load them first/],
      'a Sequential without layers': [tf.sequential(), /got a Sequential model without input/],
    };
    before = tf.memory().numTensors;
  });
  afterAll(() => kept.forEach((model) => model.dispose()));

  for (const [name, call] of Object.entries(functions)) {
    it(`${name} says what it is and what to do`, async () => {
      for (const [what, [thing, message]] of Object.entries(things)) {
        const error: unknown = await Promise.resolve()
          .then(() => call(thing as never))
          .catch((thrown: unknown) => thrown);
        expect(error, what).toBeInstanceOf(TypeError);
        expect((error as Error).message, what).toMatch(message);
        expect((error as Error).message, what).toMatch(new RegExp(`^${name}: model must be a LayersModel, got `));
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  it('fitParameters names what came in place of a trainee', async () => {
    for (const what of ['a GraphModel', 'a Promise', 'null', 'a path']) {
      await expect(training.fitParameters(things[what]![0] as never, examples, examples)).rejects.toThrow(
        /^fitParameters: trainee must be an object with forward, .*, got .*; for a LayersModel use fitClassifier/,
      );
    }
  });

  it('replaceGraphActivations wants a source', async () => {
    const model = kept[0];
    for (const [thing, message] of [
      [
        things['a GraphModel']![0],
        /source must be .* got a GraphModel; pass the URL, IO handler or artifacts that it was loaded from/,
      ],
      [things['a steered GraphModel']![0], /got a GraphModel; pass the URL, IO handler or artifacts/],
      [things['the result of replaceGraphActivations']![0], /got what replaceGraphActivations returned/],
      [model, /got a LayersModel; use replaceActivations/],
      [Promise.resolve(artifacts()), /got a Promise; await it/],
      [null, /got null/],
      [undefined, /got undefined/],
      [[artifacts()], /got an array/],
      [7, /source must be a URL/],
      [() => artifacts(), /got a function/],
      [{}, /got an object without fields/],
      ['', /got an empty text/],
    ] as [unknown, RegExp][]) {
      const error: unknown = await replaceGraphActivations(thing as never).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toMatch(/^replaceGraphActivations: source must be /);
    }
  });

  it('graphFeatures wants what replaceGraphActivations returned', () => {
    for (const [what, message] of [
      ['a GraphModel', /got a GraphModel; pass the URL, IO handler or artifacts/],
      ['a steered GraphModel', /got the model of what replaceGraphActivations returned; pass the whole/],
      ['the result of replaceActivations', /got what replaceActivations returned; /],
      ['a Promise', /got a Promise; await it/],
      ['a path', /got the text/],
      ['null', /got null/],
      ['undefined', /got undefined/],
      ['an array', /got an array/],
      ['a function', /got a function/],
      ['artifacts', /got model artifacts/],
      ['a Sequential without layers', /got a Sequential model/],
    ] as const) {
      expect(() => graphFeatures(things[what]![0] as never), what).toThrow(message);
      expect(() => graphFeatures(things[what]![0] as never), what).toThrow(
        /^graphFeatures: steered must be what replaceGraphActivations returned, got /,
      );
      expect(() => graphFeatures(things[what]![0] as never), what).toThrow(TypeError);
    }
    expect(() => graphFeatures(kept[0] as never)).toThrow(/got a LayersModel; .*has features as it is/);
  });
});
