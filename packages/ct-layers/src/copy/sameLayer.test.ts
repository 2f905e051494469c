import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { callsByLayer } from '../model/modelConfig.js';
import { checkSame } from './sameLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A layer that multiplies by a factor of a closure, which no configuration tells. */
class Times extends tf.layers.Layer {
  static readonly className: string = 'TimesForSameLayer';
  runs = 0;
  kept?: tf.Tensor;
  private readonly factor: () => number;
  constructor(factor: () => number) {
    super({});
    this.factor = factor;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.runs++;
    return tf.mul([inputs].flat()[0]!, this.factor());
  }
}

/** Compares a layer, called once in a model, with another. */
function compare(original: tf.layers.Layer, copy: tf.layers.Layer): void {
  const input = tf.input({ shape: [3] });
  const model = tf.model({ inputs: input, outputs: original.apply(input) as tf.SymbolicTensor });
  const before = tf.memory().numTensors;
  try {
    checkSame('test', original, copy, callsByLayer(model).get(original)![0]!);
  } finally {
    expect(tf.memory().numTensors).toBe(before);
  }
}

describe('checkSame', () => {
  it('takes a copy that computes the same, to 1e-6', () => {
    expect(() => compare(new Times(() => 2), new Times(() => 2))).not.toThrow();
    expect(() => compare(new Times(() => 2), new Times(() => 2 + 1e-8))).not.toThrow();
  });

  it('refuses one that computes something else, by name', () => {
    const original = new Times(() => 2);
    expect(() => compare(original, new Times(() => 3))).toThrow(`test: the layer "${original.name}" (Times`);
  });

  it('takes what differs from itself for random', () => {
    let draw = 1;
    expect(() => compare(new Times(() => draw++), new Times(() => draw++))).not.toThrow();
  });

  it('refuses a tensor in a field that the copy lacks', () => {
    const original = new Times(() => 2);
    original.kept = tf.scalar(1);
    expect(() => compare(original, new Times(() => 2))).toThrow(
      'it keeps a tensor in its field kept, which is no weight',
    );
  });

  it('does not run layers of tfjs, nor those that say that their configuration is complete', () => {
    class Declared extends Times {
      static override readonly className: string = 'DeclaredForSameLayer';
      static readonly configIsComplete: boolean = true;
    }
    const original = new Declared(() => 2);
    compare(original, new Declared(() => 3));
    expect(original.runs).toBe(0);
    const stock = [
      tf.layers.dense({ units: 1, kernelInitializer: 'zeros' }),
      tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ];
    expect(() => compare(stock[0]!, stock[1]!)).not.toThrow();
  });
});
