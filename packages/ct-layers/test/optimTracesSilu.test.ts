/**
 * Ten steps of training from the start of SiLU and from that of GELU against PyTorch, float64:
 * test/golden/optim_traces_silu.json, written with PyTorch 2.8.0 from the authors' TrainableCTU at commit 86e689d, on
 * the network of optim_traces.json with SiLU in place of ReLU.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../src/index.js';
import { rawOf } from '../src/unit/rawValue.js';
import { trainingStartOf } from '../src/unit/activationKind.js';
import type { Flat, Trace } from './optimTrace.js';
import { followTrace, readGolden, traceImages, traceNetwork } from './optimTrace.js';

type SiluTrace = Trace & { raw_beta0: number; raw_coeff0: number; lr: [own: number, head: number] };
const golden = readGolden<Record<string, SiluTrace> & { silu_logits_bn_eval: Flat }>('optim_traces_silu.json');

const runs = (['adapt', 'frozen'] as const).flatMap((batchNorm) => {
  const name = `bn_${batchNorm === 'adapt' ? 'train' : 'eval'}`;
  return [
    { trace: `tct_silu_${name}`, kind: 'silu', batchNorm, warmup: 0 },
    { trace: `tct_silu_${name}_warmup5`, kind: 'silu', batchNorm, warmup: 5 },
    { trace: `tct_silu_${name}_lr1e-2`, kind: 'silu', batchNorm, warmup: 0 },
    { trace: `tct_gelu_start_${name}`, kind: 'gelu', batchNorm, warmup: 0 },
  ] as const;
});

describe.each(['cpu', 'wasm'])('T-CT from SiLU and GELU on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it('a network of SiLUs and its copy with units at their start agree with PyTorch float64 to 2e-6', () => {
    const original = traceNetwork('swish');
    const { model, sites } = replaceActivations(original, { kinds: ['silu'] });
    expect(sites.map(({ start }) => start)).toEqual([1, 2].map(() => ({ beta: 0.5, coeff: 1 })));
    for (const network of [original, model]) {
      const logits = (network.predict(traceImages()) as tf.Tensor).dataSync();
      golden.silu_logits_bn_eval.data.forEach((v, i) => expect(Math.abs(logits[i]! - v)).toBeLessThan(2e-6));
    }
  });

  it.each(runs)(
    '$trace: losses of 11 steps agree with PyTorch float64 to 1e-6, final parameters and statistics to 1e-5, ' +
      'raw c, which begins at 10, to 2e-4',
    async ({ trace: name, kind, batchNorm, warmup }) => {
      const trace = golden[name]!;
      const start = trainingStartOf(kind);
      const raw = [rawOf(start.beta), rawOf(start.coeff)] as const;
      expect(Math.abs(raw[0] - trace.raw_beta0)).toBeLessThan(1e-9);
      expect(Math.abs(raw[1] - trace.raw_coeff0)).toBeLessThan(1e-9);
      const { losses, state } = await followTrace({
        activation: 'swish',
        kind: 'silu',
        raw,
        batchNorm,
        learningRate: trace.lr[0],
        warmup,
      });
      losses.forEach((loss, i) => expect(Math.abs(loss - trace.loss_before_step[i]!), `step ${i}`).toBeLessThan(1e-6));
      for (const [entry, { data }] of trace.final_state) {
        // Float32 has 1 − c to a part in a thousand there, and with it the gradient, of which Adam takes the sign.
        const bound = entry.endsWith('_raw_coeff') ? 2e-4 : 1e-5;
        data.forEach((v, i) => expect(Math.abs(state[entry]![i]! - v), entry).toBeLessThan(bound));
      }
    },
  );
});
