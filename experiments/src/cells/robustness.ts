/**
 * Cells on robustness: `attacked` under one threat, `corrupted`, `transferred` and then attacked, and `hardened`:
 * (beta, c) trained on adversarial examples.
 */
import { count, filledText, flag, oneOf, real, seed, unitInterval } from '@curvature-tuning/checks';
import type { Progress } from '@curvature-tuning/checks';
import { useBackend } from '@curvature-tuning/cli/cells';
import { accuracy, calibrate, replaceActivations, tune } from '@curvature-tuning/layers';
import { methods } from '@curvature-tuning/lora-baseline';
import { autoAttack, corruptedBatches, evaluateCorruptions, normalized } from '@curvature-tuning/robustbench';
import type { ImageFunction } from '@curvature-tuning/robustbench';
import type { CellKind, Json } from '@curvature-tuning/sweep';
import * as tf from '@tensorflow/tfjs';
import { attack, ATTACKS } from './attacks.js';
import { read } from './check.js';
import type { TwinData } from './data.js';
import { loadTwin } from './data.js';
import type { Images } from './fitFromScratch.js';
import { trainedNetwork } from './networks.js';

const threatEntries = { norm: oneOf('Linf', 'L2'), eps: real({ above: 0 }), images: count };
const networkEntries = { network: filledText, data: filledText, seed, beta: unitInterval, calibrated: flag };

/** The network at a beta, with the head it came with. */
async function networkAt(
  { network, beta, calibrated }: { network: string; beta: number; calibrated: boolean },
  { train }: TwinData,
): Promise<tf.LayersModel> {
  const given = await trainedNetwork(network);
  const { model } = beta === 1 ? { model: given } : replaceActivations(given, { beta, coeff: 0.5 });
  return calibrated ? (await calibrate(model, train.images)).model : model;
}

function first({ images, labels }: Images, n: number): Images {
  return { images: tf.slice(images, 0, n), labels: tf.slice1d(labels, 0, n) };
}

/**
 * A network under one threat. `inputs`: `pixels` in [0, 1] with the normalisation inside the network; or, the
 * reference's quirk Q1, `normalized` values that the attack takes for pixels and clamps to [0, 1].
 */
export const attacked: CellKind = {
  version: 1,
  cost: ({ images, attacks }) => 2 + Number(images) * { choose: 0.05, quick: 0.3, standard: 4 }[attacks as 'quick'],
  run: async (spec, { onProgress }) => {
    const entries = {
      ...networkEntries,
      ...threatEntries,
      attacks: oneOf('choose', 'quick', 'standard'),
      split: oneOf('validation', 'test'),
      inputs: oneOf('pixels', 'normalized'),
    };
    const { norm, eps, images, attacks, split, inputs, ...of } = read('attacked', entries, spec);
    await useBackend('wasm');
    const data = await loadTwin(of.data, { seed: of.seed });
    const model = await networkAt(of, data);
    const { mean, std } = data;
    const threat = { ...ATTACKS[attacks], norm, eps, seed: of.seed };
    const options = { ...threat, onProgress: ({ done, total }: Progress) => onProgress(total ? done / total : 0) };
    if (inputs === 'pixels')
      return attack(normalized(model, { mean, std }), first(data.pixels[split], images), options);
    // The reference's attack clamps what it changes; here what it begins with is clamped too.
    const given = first(data[split], images);
    return attack(model, { images: tf.clipByValue(given.images, 0, 1), labels: given.labels }, options);
  },
};

/** A network under RobustBench's fifteen corruptions, five severities each. */
export const corrupted: CellKind = {
  version: 1,
  cost: ({ images }) => 2 + Number(images) / 8,
  run: async (spec) => {
    const { images, ...of } = read('corrupted', { ...networkEntries, images: count }, spec);
    await useBackend('wasm');
    const data = await loadTwin(of.data, { seed: of.seed });
    const model = await networkAt(of, data);
    const { mean, std } = data;
    const grey = first(data.pixels.test, images);
    // Corruptions are of colours; the network takes their mean.
    const colours = { images: tf.tile(grey.images as tf.Tensor4D, [1, 1, 1, 3]), labels: grey.labels };
    const toLogits: ImageFunction = (x) => {
      const values = tf.div(tf.sub(tf.mean(x, 3, true), mean[0]!), std[0]!);
      return model.predict(values) as tf.Tensor;
    };
    const { accuracy: found, robustAccuracy } = await evaluateCorruptions(
      toLogits,
      corruptedBatches(colours, { variant: 'cifar', seed: of.seed }),
    );
    return { robustAccuracy, accuracy: { ...found } as Record<string, number[]> };
  },
};

/** A network that was transferred by a method, attacked: experiment E5 of the reference. */
export const transferred: CellKind = {
  version: 1,
  cost: ({ images, epochs, train }) => 2 + Number(images) * 0.3 + (Number(epochs) * Number(train)) / 640,
  run: async (spec, { onProgress }) => {
    const entries = {
      ...threatEntries,
      ...{ network: filledText, data: filledText, seed, epochs: count, train: count },
      method: oneOf('probe', 'bn', 'tct', 'lora'),
      protocol: oneOf('paper', 'strict'),
    };
    const {
      network,
      data,
      method,
      protocol,
      norm,
      eps,
      images,
      seed: drawn,
      epochs,
      train,
    } = read('transferred', entries, spec);
    await useBackend('wasm');
    const loaded = await loadTwin(data, { seed: drawn, train });
    const { mean, std, classes } = loaded;
    const outcome = await methods[method].run(await trainedNetwork(network), loaded.train, loaded.validation, {
      ...{ seed: drawn, epochs, batchSize: 32, protocol, classes },
      learningRate: methods[method].paper,
      onProgress: ({ done, total }) => onProgress(total ? (0.5 * done) / total : 0),
    });
    const test = await accuracy(outcome.classifier, loaded.test);
    const found = await attack(normalized(outcome.classifier, { mean, std }), first(loaded.pixels.test, images), {
      ...ATTACKS.quick,
      ...{ norm, eps, seed: drawn },
    });
    return { ...found, testAccuracy: test };
  },
};

/**
 * (beta, c) per channel trained on adversarial examples of the training images, at the network's own head, and the
 * attack before and after; `rounds` times anew, each on examples of the network as it is by then.
 */
export const hardened: CellKind = {
  version: 1,
  cost: ({ train, rounds, images }) => 4 + (Number(train) * Number(rounds)) / 20 + Number(images) * 0.6,
  run: async (spec, { onProgress }) => {
    const entries = {
      ...threatEntries,
      ...{ network: filledText, data: filledText, seed, train: count, rounds: count, epochs: count },
      examples: oneOf('adversarial', 'clean'),
    };
    const {
      network,
      data,
      norm,
      eps,
      images,
      train,
      rounds,
      epochs,
      seed: drawn,
      examples,
    } = read('hardened', entries, spec);
    await useBackend('wasm');
    const loaded = await loadTwin(data, { seed: drawn, train });
    const { mean, std, classes } = loaded;
    const threat = { norm, eps, seed: drawn };
    const attackOf = (model: tf.LayersModel): Promise<{ [key: string]: Json }> =>
      attack(normalized(model, { mean, std }), first(loaded.pixels.test, images), { ...ATTACKS.quick, ...threat });
    const given = await trainedNetwork(network);
    const before = { ...(await attackOf(given)), testAccuracy: await accuracy(given, loaded.test) };
    let model = given;
    for (let round = 0; round < rounds; round++) {
      const { adversarial } = await autoAttack(normalized(model, { mean, std }), loaded.pixels.train, {
        ...ATTACKS.choose,
        ...threat,
      });
      const shown = examples === 'clean' ? loaded.train.images : tf.div(tf.sub(adversarial, [...mean]), [...std]);
      // Each image as it is beside its adversarial example: accuracy counts too.
      const both = {
        images: tf.concat([loaded.train.images, shown]),
        labels: tf.concat<tf.Tensor1D>([loaded.train.labels, loaded.train.labels]),
      };
      const tuned = await tune(given, both, loaded.validation, {
        seed: drawn,
        epochs,
        classes,
        learningRate: { own: 0.03 },
      });
      model = tuned.classifier;
      onProgress((round + 1) / (rounds + 1));
    }
    const after = { ...(await attackOf(model)), testAccuracy: await accuracy(model, loaded.test) };
    return { before, after };
  },
};
