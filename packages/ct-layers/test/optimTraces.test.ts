/**
 * Ten steps of training against PyTorch, float64: test/golden/optim_traces.json, written with PyTorch 2.6.0 from the
 * authors' code at commit 86e689d, each parameter once in the optimiser.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Trace, TraceData } from './optimTrace.js';
import { followTrace, readGolden } from './optimTrace.js';

const golden = readGolden<TraceData>('optim_traces.json');

describe.each(['cpu', 'wasm'])('T-CT on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  for (const batchNorm of ['adapt', 'frozen'] as const) {
    for (const warmup of [0, 5]) {
      const trace = golden[
        `tct_bn_${batchNorm === 'adapt' ? 'train' : 'eval'}${warmup ? `_warmup${warmup}` : ''}`
      ] as Trace;

      it(
        `batch norm ${batchNorm}, warm-up ${warmup}: losses of 11 steps agree with PyTorch float64 to 2e-6, ` +
          'final parameters and statistics to 2e-5',
        async () => {
          const { losses, state } = await followTrace({
            activation: 'relu',
            kind: 'relu',
            raw: [1.386, 0],
            batchNorm,
            learningRate: 0.1,
            warmup,
          });
          losses.forEach((loss, i) =>
            expect(Math.abs(loss - trace.loss_before_step[i]!), `step ${i}`).toBeLessThan(2e-6),
          );
          expect(trace.final_state.length).toBe(10);
          for (const [name, { data }] of trace.final_state)
            data.forEach((v, i) => expect(Math.abs(state[name]![i]! - v), name).toBeLessThan(2e-5));
        },
      );
    }
  }
});
