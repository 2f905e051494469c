/**
 * Tells whether a copied layer computes what its original computes.
 *
 * tfjs' own layers keep all that they are made from in fields, which copies get. What others keep elsewhere, in a
 * closure or a private field, shows only when they run.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { cast, randomUniform, serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { holdsTensor, refuse, shareWeights } from './copyLayer.js';
import type { Layer } from '../host/layerInternals.js';
import { fieldsOf, partsOf } from '../host/layerInternals.js';
import type { LayerCall } from '../model/modelConfig.js';

/**
 * Compares a copy with its original on random input of the shape of a call, open sizes taken as 2. Layers of tfjs are
 * not run, nor are those with a state.
 *
 * @throws Error naming the layer when the two differ.
 */
export function checkSame(caller: string, original: Layer, copy: Layer, call: LayerCall): void {
  if (isKnown(original) || original.stateful) return;
  for (const [field, value] of Object.entries(fieldsOf(original))) {
    if (holdsTensor(value) && fieldsOf(copy)[field] === undefined)
      refuse(caller, original, `it keeps a tensor in its field ${field}, which is no weight`);
  }
  tidy(() => {
    const inputs = call.inputTensors.map(({ shape, dtype }, i) =>
      cast(
        randomUniform(
          shape.map((size) => size ?? 2),
          -1,
          1,
          'float32',
          i + 1,
        ),
        dtype,
      ),
    );
    const first = run(copy, inputs);
    // A layer may make its parts when it first runs; they have no weights before.
    shareWeights(caller, original, copy);
    const expected = run(original, inputs);
    const got = isAlike(first, expected) ? first : run(copy, inputs);
    // What differs from itself is random.
    if (!isAlike(expected, got) && isAlike(expected, run(original, inputs)))
      refuse(caller, original, 'a layer made from its configuration computes something else');
  });
}

function isKnown(layer: Layer): boolean {
  // A class may say that its configuration is complete, each subclass for itself: its layers are then copied unseen.
  const isDeclared =
    Object.hasOwn(layer.constructor, 'configIsComplete') && fieldsOf(layer.constructor)['configIsComplete'] === true;
  return (isDeclared || isStock(layer)) && [...partsOf(layer).values()].every(isKnown);
}

let stock: ReadonlySet<string> | undefined;

/** Whether a layer is of one of tfjs' own classes: those that `tf.layers` has functions for. */
function isStock(layer: Layer): boolean {
  stock ??= new Set(['model', 'functional', 'sequential', ...Object.keys(layers).map((name) => name.toLowerCase())]);
  const className = layer.getClassName();
  return (
    stock.has(className.toLowerCase()) &&
    serialization.SerializationMap.getMap().classNameMap[className]?.[0] === (layer.constructor as unknown)
  );
}

/** What a layer makes of inputs, or why it cannot. */
function run(layer: Layer, inputs: Tensor[]): Tensor[] | string {
  try {
    return [layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as Tensor | Tensor[]].flat();
  } catch (error) {
    return String(error);
  }
}

function isAlike(a: Tensor[] | string, b: Tensor[] | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return (
    a.length === b.length &&
    a.every((x, i) => {
      const [xs, ys] = [x.dataSync(), b[i]!.dataSync()];
      return (
        x.shape.join() === b[i]!.shape.join() &&
        xs.every(
          (value, j) => Object.is(value, ys[j]) || Math.abs(value - ys[j]!) <= 1e-6 * Math.max(1, Math.abs(value)),
        )
      );
    })
  );
}
