/**
 * The cell `steered`: a linear probe on a network at one beta and one c, calibrated or not. What grids over beta and c,
 * the ablation of c and the study of calibration are made of.
 */
import { count, filledText, flag, oneOf, seed, unitInterval } from '@curvature-tuning/checks';
import { bitsOf, useBackend } from '@curvature-tuning/cli/cells';
import { calibrate, linearProbe, predictedClasses, replaceActivations } from '@curvature-tuning/layers';
import type { CellKind } from '@curvature-tuning/sweep';
import { read } from './check.js';
import { loadTwin } from './data.js';
import { trainedNetwork } from './networks.js';

const entries = {
  network: filledText,
  data: filledText,
  seed,
  train: count,
  test: count,
  beta: unitInterval,
  coeff: unitInterval,
  calibrated: flag,
  /** `paper`: the head is trained from a random start by Adam for 20 epochs; `strict`: it is at its optimum. */
  protocol: oneOf('paper', 'strict'),
};

/** A probe at one (beta, c): beta = 1 is the network as it is. */
export const steered: CellKind = {
  version: 1,
  cost: ({ train }) => 2 + Number(train) / 640,
  run: async (spec) => {
    const { network, data, seed, train, test, beta, coeff, calibrated, protocol } = read('steered', entries, spec);
    await useBackend('wasm');
    const given = await trainedNetwork(network);
    const loaded = await loadTwin(data, { seed, train, test });
    const { model } = beta === 1 ? { model: given } : replaceActivations(given, { beta, coeff });
    const at = calibrated ? (await calibrate(model, loaded.train)).model : model;
    const probe = await linearProbe(at, loaded.train, loaded.validation, { seed, protocol, classes: loaded.classes });
    const { predicted, labels, accuracy } = await predictedClasses(probe.classifier, loaded.test);
    const { validationAccuracy, validationLoss } = probe;
    const right = bitsOf([...predicted].map((one, i) => one === labels[i]));
    return { validationAccuracy, validationLoss, testAccuracy: accuracy, right };
  },
};
