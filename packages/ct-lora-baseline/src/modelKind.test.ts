import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as lora from './index.js';

const examples = { images: [[0, 1]], labels: [0] } as never;

/** Every public function that takes a LayersModel. */
const functions: Record<string, (model: never) => unknown> = {
  applyLora: (model) => lora.applyLora(model),
  applyLoraAdapter: (model) => lora.applyLoraAdapter(model, {} as never),
  compareMethods: (model) => lora.compareMethods(model, () => Promise.reject(new Error('not reached'))),
  getLoraAdapter: (model) => lora.getLoraAdapter(model),
  loraLayers: (model) => lora.loraLayers(model),
  mergeLora: (model) => lora.mergeLora(model),
  removeLora: (model) => lora.removeLora(model),
  tuneLora: (model) => lora.tuneLora(model, examples, examples),
  unmergeLora: (model) => lora.unmergeLora(model),
};

describe('what comes where a model is wanted', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
  const graph = { execute: () => undefined, executeAsync: () => undefined, load: () => undefined };
  const things: [unknown, RegExp][] = [
    [graph, /got a GraphModel; .*replaceGraphActivations.*graphFeatures/],
    [{ model: graph, setBeta: () => undefined }, /got what replaceGraphActivations returned; .*graphFeatures/],
    [{ model, sites: [], names: new Map(), parameters: 1 }, /pass its model/],
    [Promise.resolve(model), /got a Promise; await it/],
    ['file://model.json', /got the text "file:\/\/model.json"; load it first/],
    [(x: unknown) => x, /got a function/],
    [[model], /got an array/],
    [null, /got null/],
    [undefined, /got undefined/],
    [{}, /got an object without fields/],
  ];

  for (const [name, call] of Object.entries(functions)) {
    it(`${name} says what it is and what to do`, async () => {
      for (const [thing, message] of things) {
        const error: unknown = await Promise.resolve()
          .then(() => call(thing as never))
          .catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toMatch(message);
        expect((error as Error).message).toMatch(new RegExp(`^${name}: model must be a LayersModel, got `));
      }
    });
  }
});
