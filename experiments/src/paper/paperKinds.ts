/**
 * The kinds of cells at the paper's size: real sets and networks, read from where they are kept, by the paper's grids.
 */
import { count, filledText, flag, oneOf, real, seed, unitInterval } from '@curvature-tuning/checks';
import { adaptAndScore, bitsOf, ratesOf, useBackend } from '@curvature-tuning/cli/cells';
import type { DataSet } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG, augment, catalog } from '@curvature-tuning/datasets';
import {
  accuracy,
  activationKinds,
  calibrate,
  curvatureStatistics,
  getAdapter,
  linearProbe,
  predictedClasses,
  replaceActivations,
} from '@curvature-tuning/layers';
import { methods, tuneLora } from '@curvature-tuning/lora-baseline';
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { CORRUPTIONS, normalized } from '@curvature-tuning/robustbench';
import type { CellKind, CellKinds, CellSpec } from '@curvature-tuning/sweep';
import type { LayersModel } from '@tensorflow/tfjs';
import { attack, ATTACKS } from '../cells/attacks.js';
import { read } from '../cells/check.js';
import { fitFromScratch } from '../cells/fitFromScratch.js';
import type { Images } from '../cells/fitFromScratch.js';
import { isFromScratch, keepTrained, paperNetwork, untrained } from './paperNetwork.js';
import type { PaperData } from './paperData.js';
import { openPaperData, pipelineOf } from './paperData.js';

/** What every cell is a function of. */
interface Common {
  network: string;
  data: string;
  seed: number;
  backend: 'wasm' | 'node';
}

const common = { network: filledText, data: filledText, seed, backend: oneOf('wasm', 'node') };
const threat = { norm: oneOf('Linf', 'L2'), eps: real({ above: 0 }), images: count };
const NAMES = Object.keys(methods) as MethodName[];
const RATES = [1e-4, 1e-3, 1e-2, 1e-1];

async function begin({ network, data, seed, backend }: Common): Promise<{ model: LayersModel; loaded: PaperData }> {
  await useBackend(backend);
  return { model: await paperNetwork(network), loaded: await openPaperData(data, { seed, network }) };
}

/** Seconds, about: images that are seen, at twenty a second. */
function cost({ data, epochs, protocol }: CellSpec): number {
  const counts: { train?: number } = { ...ARCHIVE_CATALOG, ...catalog }[data as 'dtd']?.counts ?? {};
  return (Number(counts.train ?? 1000) * Number(epochs ?? 1) * (protocol === 'tuned' ? RATES.length : 1)) / 20;
}

/** As `transfer`: one method under one protocol; S-CT tries the paper's thirty betas. */
const paperTransfer: CellKind = {
  version: 1,
  cost,
  run: async (spec, { onProgress }) => {
    const protocols = oneOf('paper', 'strict', 'tuned');
    const entries = { ...common, epochs: count, method: oneOf(...NAMES), protocol: protocols };
    const { method, protocol, epochs, ...of } = read('paperTransfer', entries, spec);
    const { model, loaded } = await begin(of);
    return adaptAndScore(model, loaded, {
      ...{ method, seed: of.seed, epochs, classes: loaded.classes, kinds: activationKinds(model), onProgress },
      rates: protocol === 'tuned' ? ratesOf(method, 'strict', RATES) : [methods[method].paper],
      protocol: protocol === 'paper' ? 'paper' : 'strict',
    });
  },
};

/** As `lora`: a rank and a ratio alpha/rank at a rate, under the paper's procedure. */
const paperLora: CellKind = {
  version: 1,
  cost,
  run: async (spec, { onProgress }) => {
    const entries = { ...common, epochs: count, rank: count, ratio: real({ above: 0 }), rate: real({ above: 0 }) };
    const { epochs, rank, ratio, rate, ...of } = read('paperLora', entries, spec);
    const { model, loaded } = await begin(of);
    const tuned = await tuneLora(model, loaded.train, loaded.validation, {
      ...{ seed: of.seed, epochs, batchSize: 32, rank, alpha: rank * ratio, protocol: 'paper' },
      ...{ classes: loaded.classes, learningRate: { own: rate, head: rate } },
      onProgress: ({ done, total }) => onProgress(total ? done / total : 0),
    });
    return { ...(await scored(tuned, loaded.test)), parameters: { ...tuned.parameters } };
  },
};

/** As `steered`: a probe at one (beta, c), calibrated or not; beta = 1 is the network as it is. */
const paperSteered: CellKind = {
  version: 1,
  cost,
  run: async (spec) => {
    const at = { beta: unitInterval, coeff: unitInterval, calibrated: flag, protocol: oneOf('paper', 'strict') };
    const { beta, coeff, calibrated, protocol, ...of } = read('paperSteered', { ...common, ...at }, spec);
    const { model: given, loaded } = await begin(of);
    const model = await networkAt(given, loaded, { beta, coeff, calibrated });
    const options = { seed: of.seed, protocol, classes: loaded.classes };
    return scored(await linearProbe(model, loaded.train, loaded.validation, options), loaded.test);
  },
};

/** As `curvature`: what T-CT learns. */
const paperCurvature: CellKind = {
  version: 1,
  cost,
  run: async (spec, { onProgress }) => {
    const { epochs, ...of } = read('paperCurvature', { ...common, epochs: count }, spec);
    const { model, loaded } = await begin(of);
    const { classifier } = await methods.tct.run(model, loaded.train, loaded.validation, {
      ...{ seed: of.seed, epochs, batchSize: 32, protocol: 'paper', learningRate: methods.tct.paper },
      ...{ classes: loaded.classes, kinds: activationKinds(model) },
      onProgress: ({ done, total }) => onProgress(total ? done / total : 0),
    });
    const { beta, coeff } = curvatureStatistics(await getAdapter(classifier));
    return { beta: { ...beta }, coeff: { ...coeff } };
  },
};

/** As `attacked`: the network with its own head under AutoAttack, on as many images of every class. */
const paperAttacked: CellKind = {
  version: 1,
  cost: ({ images, attacks }) => Number(images) * (attacks === 'standard' ? 60 : 5),
  run: async (spec, { onProgress }) => {
    const at = { beta: unitInterval, calibrated: flag, attacks: oneOf('choose', 'standard') };
    const how = { split: oneOf('validation', 'test'), inputs: oneOf('pixels', 'normalized') };
    const entries = { ...common, ...threat, ...at, ...how };
    const { beta, calibrated, attacks, split, inputs, norm, eps, images, ...of } = read('paperAttacked', entries, spec);
    const { model: given, loaded } = await begin(of);
    const model = await networkAt(given, loaded, { beta, coeff: 0.5, calibrated });
    const { mean, std } = loaded;
    const isPixels = inputs === 'pixels';
    const shown = await someOf(isPixels ? loaded.pixels[split] : loaded[split], images, of.seed);
    return attack(isPixels ? normalized(model, { mean, std }) : model, shown, {
      ...ATTACKS[attacks],
      ...{ norm, eps, seed: of.seed },
      onProgress: ({ done, total }) => onProgress(total ? done / total : 0),
    });
  },
};

/** The network with its own head on the sets of common corruptions, fifteen types of five severities. */
const paperCorrupted: CellKind = {
  version: 1,
  cost: () => 75 * 100,
  run: async (spec, { onProgress }) => {
    const entries = { ...common, beta: unitInterval, calibrated: flag };
    const { beta, calibrated, ...of } = read('paperCorrupted', entries, spec);
    await useBackend(of.backend);
    const clean = await openPaperData(of.data.replace(/-c$/, ''), of);
    const model = await networkAt(await paperNetwork(of.network), clean, { beta, coeff: 0.5, calibrated });
    const found: Record<string, number[]> = {};
    for (const variant of CORRUPTIONS)
      for (const severity of [1, 2, 3, 4, 5]) {
        const { test } = await openPaperData(of.data, { ...of, variant, severity });
        (found[variant] ??= []).push(await accuracy(model, test));
        onProgress(Object.values(found).flat().length / (5 * CORRUPTIONS.length));
      }
    const all = Object.values(found).flat();
    return { robustAccuracy: all.reduce((a, b) => a + b, 0) / all.length, accuracy: found };
  },
};

/** As `transferred`: moved to another set by a method, and then attacked, at the size that it was trained at. */
const paperTransferred: CellKind = {
  version: 1,
  cost: (spec) => cost(spec) + Number(spec['images']) * 60,
  run: async (spec, { onProgress }) => {
    const how = { method: oneOf('probe', 'bn', 'tct', 'lora'), protocol: oneOf('paper', 'strict') };
    const entries = { ...common, ...threat, ...how, epochs: count };
    const { method, protocol, norm, eps, images, epochs, ...of } = read('paperTransferred', entries, spec);
    const { model, loaded } = await begin(of);
    const { classifier } = await methods[method].run(model, loaded.train, loaded.validation, {
      ...{ seed: of.seed, epochs, batchSize: 32, protocol, classes: loaded.classes },
      learningRate: methods[method].paper,
      onProgress: ({ done, total }) => onProgress(total ? (0.5 * done) / total : 0),
    });
    const shown = await someOf(loaded.pixels.test, images, of.seed);
    const { mean, std } = loaded;
    const options = { ...ATTACKS.standard, norm, eps, seed: of.seed };
    const found = await attack(normalized(classifier, { mean, std }), shown, options);
    return { ...found, testAccuracy: await accuracy(classifier, loaded.test) };
  },
};

/** A network from scratch by the reference's recipe, with its augmentation; what is trained is kept for other cells. */
const paperPretrain: CellKind = {
  version: 1,
  cost: (spec) => 3 * cost(spec),
  run: async (spec, { onProgress, scratch }) => {
    const entries = { ...common, epochs: count, batchSize: count };
    const { network, data, seed: drawn, backend, epochs, batchSize } = read('paperPretrain', entries, spec);
    if (!isFromScratch(network)) throw new RangeError(`paperPretrain: network must be "name:set", got "${network}"`);
    await useBackend(backend);
    const loaded = await openPaperData(data, { seed: drawn, network });
    const model = untrained(network, drawn);
    const options = pipelineOf(network).augment;
    const drawnAnew = options === undefined ? loaded.train : loaded.train.map(augment({ ...options, seed: drawn }));
    const source = {
      length: loaded.train.length,
      batch: (indices: Int32Array, epoch: number) => batchOf(drawnAnew.subset(indices), epoch),
    };
    const recipe = { epochs, batchSize, seed: drawn };
    const losses = await fitFromScratch(model, source, recipe, { folder: await scratch(), onProgress });
    await keepTrained(network, model);
    return {
      losses,
      validationAccuracy: await accuracy(model, loaded.validation),
      testAccuracy: await accuracy(model, loaded.test),
      parameters: model.countParams(),
    };
  },
};

/** By the name that a specification's `kind` gives. */
export const paperKinds: CellKinds = {
  paperTransfer,
  paperLora,
  paperSteered,
  paperCurvature,
  paperAttacked,
  paperCorrupted,
  paperTransferred,
  paperPretrain,
};

async function networkAt(
  given: LayersModel,
  { train }: PaperData,
  { beta, coeff, calibrated }: { beta: number; coeff: number; calibrated: boolean },
): Promise<LayersModel> {
  const { model } = beta === 1 ? { model: given } : replaceActivations(given, { beta, coeff });
  return calibrated ? (await calibrate(model, train)).model : model;
}

/** A set as one batch. */
async function batchOf(set: DataSet, epoch = 0): Promise<Images> {
  for await (const batch of set.batches(set.length, { epoch })) return batch;
  throw new RangeError('a batch must have images');
}

/** As many images of every class, one batch. */
function someOf(set: DataSet, images: number, seed: number): Promise<Images> {
  return batchOf(images < set.length ? set.stratifiedSplit([images], seed)[0] : set);
}

async function scored(
  {
    classifier,
    validationAccuracy,
    validationLoss,
  }: { classifier: LayersModel; validationAccuracy: number; validationLoss: number },
  test: DataSet,
): Promise<{ validationAccuracy: number; validationLoss: number; testAccuracy: number; right: string }> {
  const { predicted, labels, accuracy: testAccuracy } = await predictedClasses(classifier, test);
  const right = bitsOf([...predicted].map((one, i) => one === labels[i]));
  return { validationAccuracy, validationLoss, testAccuracy, right };
}
