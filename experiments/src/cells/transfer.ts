/**
 * Cells that adapt a network to another set: `transfer` by the methods of the comparison, `lora` by LoRA of a rank.
 */
import { count, filledText, oneOf, real, seed } from '@curvature-tuning/checks';
import { adaptAndScore, bitsOf, ratesOf, useBackend } from '@curvature-tuning/cli/cells';
import { activationKinds, curvatureStatistics, getAdapter, predictedClasses } from '@curvature-tuning/layers';
import { methods, tuneLora } from '@curvature-tuning/lora-baseline';
import type { MethodName } from '@curvature-tuning/lora-baseline';
import type { CellKind } from '@curvature-tuning/sweep';
import { read } from './check.js';
import { loadTwin } from './data.js';
import { trainedNetwork } from './networks.js';

/** What all transfers are functions of. */
const transferEntries = {
  network: filledText,
  data: filledText,
  seed,
  epochs: count,
  /** How many training and test images are taken. */
  train: count,
  test: count,
};

const PROTOCOLS = ['paper', 'strict', 'tuned'] as const;
const NAMES = Object.keys(methods) as MethodName[];
const RATES = [1e-3, 1e-2, 1e-1];
/** The curvatures that S-CT tries: fewer than the paper's 30, for time. */
const BETAS = [0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99];

/**
 * One method under one protocol. `paper`: the reference's procedure and rates; `strict`: the correct procedure at the
 * paper's rates; `tuned`: the correct procedure, each method at the rate that validates best among 1e-3, 1e-2 and 1e-1.
 */
export const transfer: CellKind = {
  version: 1,
  cost: ({ method, epochs, train, protocol }) =>
    method === 'probe' || method === 'bn'
      ? 2
      : 2 + (Number(epochs) * Number(train) * (protocol === 'tuned' ? 3 : 1)) / 640,
  run: async (spec, { onProgress }) => {
    const entries = { ...transferEntries, method: oneOf(...NAMES), protocol: oneOf(...PROTOCOLS) };
    const { network, data, method, protocol, seed, epochs, train, test } = read('transfer', entries, spec);
    await useBackend('wasm');
    const model = await trainedNetwork(network);
    const loaded = await loadTwin(data, { seed, train, test });
    const procedure = protocol === 'paper' ? 'paper' : 'strict';
    const rates = protocol === 'tuned' ? ratesOf(method, 'strict', RATES) : [methods[method].paper];
    const kinds = activationKinds(model);
    return adaptAndScore(model, loaded, {
      ...{ method, seed, epochs, kinds, rates, onProgress },
      protocol: procedure,
      betas: BETAS,
      classes: loaded.classes,
    });
  },
};

/** T-CT, with what it learnt: mean, spread and histogram of beta and c. */
export const curvature: CellKind = {
  version: 1,
  cost: ({ epochs, train }) => 2 + (Number(epochs) * Number(train)) / 640,
  run: async (spec, { onProgress }) => {
    const { network, data, seed, epochs, train } = read('curvature', transferEntries, spec);
    await useBackend('wasm');
    const loaded = await loadTwin(data, { seed, train });
    const outcome = await methods.tct.run(await trainedNetwork(network), loaded.train, loaded.validation, {
      ...{ seed, epochs, batchSize: 32, protocol: 'paper', learningRate: methods.tct.paper, classes: loaded.classes },
      onProgress: ({ done, total }) => onProgress(total ? done / total : 0),
    });
    const { beta, coeff } = curvatureStatistics(await getAdapter(outcome.classifier));
    return { beta: { ...beta }, coeff: { ...coeff } };
  },
};

/** LoRA of a rank and a ratio alpha/rank at a rate, under the paper's procedure. */
export const lora: CellKind = {
  version: 1,
  cost: ({ epochs, train }) => 2 + (Number(epochs) * Number(train)) / 640,
  run: async (spec, { onProgress }) => {
    const entries = { ...transferEntries, rank: count, ratio: real({ above: 0 }), rate: real({ above: 0 }) };
    const { network, data, seed, epochs, train, test, rank, ratio, rate } = read('lora', entries, spec);
    await useBackend('wasm');
    const loaded = await loadTwin(data, { seed, train, test });
    const tuned = await tuneLora(await trainedNetwork(network), loaded.train, loaded.validation, {
      ...{ seed, epochs, batchSize: 32, rank, alpha: rank * ratio, protocol: 'paper', classes: loaded.classes },
      learningRate: { own: rate, head: rate },
      onProgress: ({ done, total }) => onProgress(total ? done / total : 0),
    });
    const { predicted, labels, accuracy } = await predictedClasses(tuned.classifier, loaded.test);
    const { validationAccuracy, validationLoss, parameters } = tuned;
    const right = bitsOf([...predicted].map((one, i) => one === labels[i]));
    return { validationAccuracy, validationLoss, testAccuracy: accuracy, parameters: { ...parameters }, right };
  },
};
