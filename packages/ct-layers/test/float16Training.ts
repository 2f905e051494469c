/**
 * What training must come to where WebGL renders to half floats only, with the fused kernel and without.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { accuracy, getAdapter, linearProbe, replaceActivations, steer, tune } from '../src/index.js';
import { onFloat16 } from './float16Suite.js';
import { stripes, stripesNetwork as classifier } from './stripes.js';

/** Registers the tests of runs. */
export function float16Training(): void {
  beforeAll(onFloat16);

  it('probes and steers over a grid that has both ends as float32 does, to two examples of 24', async () => {
    const run = async (): Promise<number[]> => {
      const data = stripes(24);
      const options = { epochs: 30, learningRate: { head: 0.02 } };
      const { validationAccuracy } = await linearProbe(classifier(), data, data, options);
      const result = await steer(classifier(), data, data, { ...options, betas: [0, 0.5, 1] });
      expect(await accuracy(result.classifier, data)).toBe(result.validationAccuracy);
      return [validationAccuracy, ...result.history.map((step) => step.validationAccuracy)];
    };
    const exact = await onCpu(run);
    (await run()).forEach((v, i) => expect(Math.abs(v - exact[i]!), String(i)).toBeLessThanOrEqual(2 / 24 + 1e-9));
  });

  it.each(['a plain network', 'one that stands at the ends'])(
    'tunes %s (T-CT) with the losses of float32 to 3 %, and the curvature moves',
    async (kind) => {
      const run = async (): Promise<{ losses: number[]; raw: number[] }> => {
        const data = stripes(24);
        const net =
          kind === 'a plain network'
            ? classifier()
            : replaceActivations(classifier(), { beta: 1, coeff: 0, sharing: 'channel' }).model;
        const { classifier: tuned, history } = await tune(net, data, data, {
          epochs: 8,
          batchSize: 8,
          learningRate: { head: 0.02 },
        });
        for (const weight of tuned.getWeights()) expect((await weight.data()).every(Number.isFinite)).toBe(true);
        const { tensors } = await getAdapter(tuned);
        return {
          losses: history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]),
          raw: [...tensors.get('relu/beta')!.data, ...tensors.get('relu/coeff')!.data],
        };
      };
      const exact = await onCpu(run);
      const { losses, raw } = await run();
      losses.forEach((v, i) => expect(Math.abs(v / exact.losses[i]! - 1), `loss ${i}`).toBeLessThan(0.03));
      raw.forEach((v, i) => expect(Math.abs(v - exact.raw[i]!), `raw ${i}`).toBeLessThan(0.1));
      expect(Math.max(...raw.slice(0, 4).map((v) => Math.abs(v - 1.386)))).toBeGreaterThan(0.2);
    },
  );

  it('goes on from a checkpoint as a run that never stopped', async () => {
    const data = stripes(24);
    const options = { batchSize: 8, epochs: 3, learningRate: { head: 0.02 } };
    const checkpoints: Uint8Array[] = [];
    const { history } = await tune(classifier(), data, data, {
      ...options,
      onCheckpoint: (bytes) => void checkpoints.push(bytes),
    });
    const resumed = await tune(classifier(), data, data, { ...options, resume: checkpoints[0]! });
    expect(resumed.history.map(({ loss, validationLoss }) => [loss, validationLoss])).toEqual(
      history.map(({ loss, validationLoss }) => [loss, validationLoss]),
    );
  });
}

async function onCpu<T>(run: () => Promise<T>): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return await run();
  } finally {
    await tf.setBackend('webgl');
  }
}
