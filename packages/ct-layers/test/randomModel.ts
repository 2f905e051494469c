/**
 * Random compositions of Sequential and functional models, from numbers that a property test gives.
 */
import * as tf from '@tensorflow/tfjs';

/** Draws a whole number below `count`. */
export type Draw = (count: number) => number;

const WIDTH = 3;

/**
 * A model of `[batch, 3]` to `[batch, 3]` or to several such outputs: layers and models in models, shared and called
 * again at any depth, names with slashes, frozen parts, activations that are layers, wrappers, constraints. All weights
 * are random.
 */
export function randomModel(draw: Draw): tf.LayersModel {
  const pool: tf.layers.Layer[] = [];
  const models: tf.LayersModel[] = [];
  let count = 0;
  const name = (): string => ['a', 'a/b', 'b', 'block/relu', 'x_ctu'][draw(5)]! + (draw(3) === 0 ? '' : `_${count++}`);
  const unused = (taken: Set<string>): string => {
    let chosen = name();
    while (taken.has(chosen)) chosen = `n${count++}`;
    taken.add(chosen);
    return chosen;
  };

  const leaf = (label: string, first: boolean): tf.layers.Layer => {
    const shape = first ? { inputShape: [WIDTH] } : {};
    const trainable = draw(4) !== 0;
    const dense = (activation: unknown, more = {}): tf.layers.Layer =>
      tf.layers.dense({
        name: label,
        units: WIDTH,
        activation: activation as 'relu',
        kernelInitializer: tf.initializers.randomNormal({ seed: count++ }),
        trainable,
        ...shape,
        ...more,
      });
    switch (draw(9)) {
      case 0:
        return dense('relu');
      case 1:
        return dense('relu6', {
          kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.5 }),
          kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }),
        });
      case 2:
        return dense({ className: 'LeakyReLU', config: { alpha: 0.05 } });
      case 3:
        return dense('linear');
      case 4:
        return tf.layers.reLU({ name: label, ...shape });
      case 5:
        return tf.layers.leakyReLU({ name: label, alpha: 0.1, ...shape });
      case 6:
        return tf.layers.batchNormalization({ name: label, trainable, ...shape });
      case 7:
        return tf.layers.prelu({ name: label, alphaInitializer: tf.initializers.constant({ value: 0.3 }), ...shape });
      default:
        return tf.layers.dropout({ name: label, rate: 0.4, ...shape });
    }
  };

  const sequential = (depth: number): tf.LayersModel => {
    const model = tf.sequential({ name: `seq${count++}` });
    const taken = new Set<string>();
    const size = 1 + draw(3);
    for (let i = 0; i < size; i++) {
      const inner = depth > 0 && draw(2) === 0 ? container(depth - 1) : undefined;
      // What a model begins with becomes part of its graph, where names must be its own.
      const isClear = inner !== undefined && (i > 0 || namesOf(inner).every((inside) => !taken.has(inside)));
      if (inner !== undefined && isClear) {
        if (i === 0) namesOf(inner).forEach((inside) => taken.add(inside));
        if (!taken.has(inner.name)) model.add(inner);
        taken.add(inner.name);
      } else model.add(leaf(unused(taken), i === 0));
    }
    if (model.layers.length === 0) model.add(leaf(unused(taken), true));
    return model;
  };

  const functional = (depth: number): tf.LayersModel => {
    const input = tf.input({ shape: [WIDTH], name: `in${count++}` });
    const taken = new Set([input.name]);
    const used = new Set<tf.layers.Layer>();
    const tensors: tf.SymbolicTensor[] = [input];
    const size = 1 + draw(4);
    for (let i = 0; i < size; i++) {
      const x = tensors[draw(tensors.length)]!;
      const choice = draw(6);
      let layer: tf.layers.Layer;
      const shared = [...pool, ...models][draw(pool.length + models.length || 1)];
      if (choice === 0 && shared !== undefined && (used.has(shared) || !taken.has(shared.name))) layer = shared;
      else if (choice === 1 && depth > 0) layer = container(depth - 1);
      else if (choice === 2) {
        tensors.push(tf.layers.add({ name: unused(taken) }).apply([x, tensors.at(-1)!]) as tf.SymbolicTensor);
        continue;
      } else layer = leaf(unused(taken), false);
      if (!used.has(layer) && layer instanceof tf.LayersModel && taken.has(layer.name)) continue;
      used.add(layer);
      taken.add(layer.name);
      tensors.push(layer.apply(x) as tf.SymbolicTensor);
      if (!(layer instanceof tf.LayersModel)) pool.push(layer);
    }
    const outputs = draw(4) === 0 && tensors.length > 2 ? [tensors.at(-1)!, tensors.at(-2)!] : tensors.at(-1)!;
    return tf.model({ name: `fun${count++}`, inputs: input, outputs });
  };

  const container = (depth: number): tf.LayersModel => {
    let model = draw(2) === 0 ? sequential(depth) : functional(depth);
    while (model.outputs.length > 1) model = sequential(0);
    if (draw(4) === 0) model.trainable = false;
    if (draw(4) === 0) model.setUserDefinedMetadata({ from: model.name });
    models.push(model);
    return model;
  };

  const model = draw(2) === 0 ? sequential(2) : functional(2);
  randomise(model);
  for (const { layers } of models) for (const layer of layers) if (draw(6) === 0) layer.trainable = draw(2) === 0;
  return model;
}

function namesOf(model: tf.LayersModel): string[] {
  return model.layers.flatMap((layer) => [layer.name, ...(layer instanceof tf.LayersModel ? namesOf(layer) : [])]);
}

function randomise(model: tf.LayersModel): void {
  for (const weight of new Set(model.weights)) {
    const value = tf.randomUniform(weight.shape as number[], 0.2, 1);
    weight.write(value);
    value.dispose();
  }
}
