/**
 * The cell `statistics`: a handful of numbers a stage of what a frozen network's activations get from a data set, which
 * betas are predicted from.
 */
import { count, filledText, seed } from '@curvature-tuning/checks';
import { useBackend } from '@curvature-tuning/cli/cells';
import type { CellKind } from '@curvature-tuning/sweep';
import * as tf from '@tensorflow/tfjs';
import { read } from './check.js';
import { loadTwin } from './data.js';
import { trainedNetwork } from './networks.js';

/** What each number is of the values that enter an activation. */
export const STATISTICS = ['mean', 'deviation', 'share above 0', 'share within 1 of 0'] as const;
const STAGES = 3;

/** For each of three stages, in the order of depth, the mean of `STATISTICS` over its activations. */
export const statistics: CellKind = {
  version: 1,
  cost: () => 3,
  run: async (spec) => {
    const entries = { network: filledText, data: filledText, seed, train: count };
    const { network, data, seed: drawn, train } = read('statistics', entries, spec);
    await useBackend('wasm');
    const model = await trainedNetwork(network);
    const loaded = await loadTwin(data, { seed: drawn, train });
    const inputs = model.layers
      .filter((layer) => layer.getClassName() === 'ReLU' || layer.getClassName() === 'Activation')
      .flatMap((layer) => layer.inboundNodes.flatMap(({ inputTensors }) => inputTensors));
    const probe = tf.model({ inputs: model.inputs, outputs: inputs });
    const values = tf.tidy(() => {
      const entered = probe.predict(loaded.train.images, { batchSize: 64 }) as tf.Tensor[];
      return entered.map((x) => {
        const { mean, variance } = tf.moments(x);
        const above = tf.mean(tf.cast(tf.greater(x, 0), 'float32'));
        const within = tf.mean(tf.cast(tf.less(tf.abs(x), 1), 'float32'));
        return [mean, tf.sqrt(variance), above, within].map((one) => one.dataSync()[0]!);
      });
    });
    const stages = Array.from({ length: STAGES }, (_, stage) => {
      const from = Math.floor((stage * values.length) / STAGES);
      const to = Math.floor(((stage + 1) * values.length) / STAGES);
      const own = values.slice(from, to);
      return STATISTICS.map((_name, i) => own.reduce((sum, one) => sum + one[i]!, 0) / own.length);
    });
    return { stages };
  },
};
