/**
 * The pages of tools/bench, with a small network: they need neither the timer extension, which the drivers of many
 * cards lack, nor tfjs's profiler, which asks for it.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runInPage } from '../../../tools/bench/runInPage.mjs';
import { findChromium } from '../../../tools/vitest/chromium.mjs';

type Spread = [number, number, number];
interface Outcome {
  version: number;
  steps: { samples: Record<string, number[]>; peaks: Record<string, number> };
  activation: { milliseconds: Record<string, Spread>; peakBytes: Record<string, number> }[];
}

const inBench = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../tools/bench/measure/${name}.mjs`, import.meta.url)));

const page = (backend: string): string => `
  import * as tf from '@tensorflow/tfjs';
  import '@tensorflow/tfjs-backend-${backend}';
  import { ctu } from '@curvature-tuning/activation';
  import '@curvature-tuning/activation/${backend}';
  import { tune } from '@curvature-tuning/layers';
  import { copyModel } from '@curvature-tuning/layers/model';
  import { fitClassifier } from '@curvature-tuning/layers/training';
  import { measureActivation } from ${inBench('measureActivation')};
  import { measureSteps, networks } from ${inBench('measureTuning')};
  export async function run() {
    tf.env().set('WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION', 0);
    tf.engine().profile = () => { throw new Error('a page asked for the profiler'); };
    if (!(await tf.setBackend('${backend}'))) throw new Error('the backend does not start');
    networks.small = { shape: [4, 4, 1], batch: 2, steps: 2, build: () => tf.sequential({ layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [4, 4, 1], useBias: false }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ units: 10 }),
    ] }) };
    return {
      version: tf.env().get('WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION'),
      steps: await measureSteps({ tf, layers: { copyModel, fitClassifier, tune }, models: {} }, 'small', 1),
      activation: await measureActivation(tf, ctu, { shapes: [[1, 2, 2, 4]], rounds: 1 }),
    };
  }`;

describe.skipIf(findChromium() === undefined)('the pages of benchmarks', () => {
  it.each(['webgl', 'webgpu'])(
    'time steps and find their peaks on %s without extension and profiler',
    async (backend) => {
      const within = fileURLToPath(new URL('..', import.meta.url));
      const { version, steps, activation } = await runInPage<Outcome>(within, page(backend), {});
      expect(version).toBe(0);
      expect(Object.keys(steps.samples)).toEqual(['T-CT', 'full fine-tuning', 'head, batch norm adapts']);
      for (const times of Object.values(steps.samples)) expect(times).toHaveLength(1);
      const [{ milliseconds, peakBytes }] = activation as [Outcome['activation'][number]];
      expect(Object.keys(milliseconds)).toEqual(Object.keys(peakBytes));
      for (const peak of [...Object.values(steps.peaks), ...Object.values(peakBytes)]) expect(peak).toBeGreaterThan(0);
    },
  );
});
