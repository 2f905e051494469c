/**
 * LoRA layers against the authors' PyTorch modules, float64: test/golden/lora.json.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora, loraLayers, mergeLora } from '../src/index.js';
import type { Flat } from './golden.js';
import { golden } from './golden.js';

interface Case {
  kind: string;
  r: number;
  alpha: number;
  weight_oihw: Flat;
  bias: Flat | null;
  A: Flat;
  B: Flat;
  x: Flat;
  y: Flat;
  upstream: Flat;
  dx: Flat;
  dA: Flat;
  dB: Flat;
  merged_weight: Flat;
  stride?: [number, number];
  padding?: [number, number];
  dilation?: [number, number];
}

const { cases } = golden<{ cases: Case[] }>('lora');
const tensor = ({ data, shape }: Flat): tf.Tensor => tf.tensor(data, shape);
const nhwc = (value: Flat): tf.Tensor =>
  value.shape.length === 4 ? tf.transpose(tensor(value), [0, 2, 3, 1]) : tensor(value);
const kernelOf = (value: Flat): tf.Tensor =>
  value.shape.length === 4 ? tf.transpose(tensor(value), [2, 3, 1, 0]) : tf.transpose(tensor(value));
/** A is flat over (in, height, width). */
const factorA = ({ A, r, weight_oihw: { shape } }: Case): tf.Tensor =>
  shape.length === 4
    ? tf.transpose(tf.reshape(tensor(A), [r, ...shape.slice(1)]), [2, 3, 1, 0])
    : tf.transpose(tensor(A));

/** Largest |got − expected| over the largest |expected|. */
async function error(got: tf.Tensor, expected: Flat): Promise<number> {
  expect(got.shape).toEqual(expected.shape);
  const values = await got.data();
  expect(values.every(Number.isFinite)).toBe(true);
  return (
    expected.data.reduce((most, v, i) => Math.max(most, Math.abs(values[i]! - v)), 0) /
    expected.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  );
}

function network({ x, weight_oihw: { shape }, bias, stride, padding, dilation }: Case): tf.LayersModel {
  const useBias = bias !== null;
  if (shape.length === 2)
    return tf.sequential({ layers: [tf.layers.dense({ units: shape[0]!, useBias, inputShape: [shape[1]!] })] });
  const input = tf.input({ shape: [x.shape[2]!, x.shape[3]!, x.shape[1]!] });
  const [vertical, horizontal] = padding!;
  const padded = tf.layers
    .zeroPadding2d({
      padding: [
        [vertical, vertical],
        [horizontal, horizontal],
      ],
    })
    .apply(input);
  const layer = tf.layers.conv2d({
    filters: shape[0]!,
    kernelSize: [shape[2]!, shape[3]!],
    strides: stride!,
    dilationRate: dilation!,
    useBias,
  });
  return tf.model({ inputs: input, outputs: layer.apply(padded) as tf.SymbolicTensor });
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it.each(cases)(
    '$kind, rank $r: y, dx, dA, dB and the merged kernel agree with PyTorch float64 to 2e-6',
    async (c) => {
      const model = network(c);
      model.layers.at(-1)!.setWeights([kernelOf(c.weight_oihw), ...(c.bias === null ? [] : [tensor(c.bias)])]);
      const { model: lora } = applyLora(model, { rank: c.r, alpha: c.alpha });
      const [layer] = loraLayers(lora).values();
      const { a, b } = layer!.lora.variables;
      a.write(factorA(c));
      b.write(tf.transpose(tensor(c.B)));

      const x = nhwc(c.x);
      const [, , h, w] = c.x.shape;
      const upstream = nhwc(c.upstream);
      const nchw = (t: tf.Tensor): tf.Tensor => (t.rank === 4 ? tf.transpose(t, [0, 3, 1, 2]) : t);
      const f = (input: tf.Tensor, ...factors: tf.Tensor[]): tf.Scalar => {
        expect(factors.length).toBe(2);
        return tf.sum(tf.mul(lora.apply(input, { training: true }) as tf.Tensor, upstream));
      };
      const variables = [a, b].map((v) => (v as unknown as { val: tf.Variable }).val);
      const [dx, da, db] = tf.grads(f)([x, ...variables]) as [tf.Tensor, tf.Tensor, tf.Tensor];
      expect(dx.shape).toEqual(h === undefined ? c.x.shape : [c.x.shape[0], h, w, c.x.shape[1]]);
      expect(await error(nchw(dx), c.dx)).toBeLessThan(2e-6);
      expect(
        await error(da.rank === 4 ? tf.reshape(tf.transpose(da, [3, 2, 0, 1]), c.dA.shape) : tf.transpose(da), c.dA),
      ).toBeLessThan(2e-6);
      expect(await error(tf.transpose(db), c.dB)).toBeLessThan(2e-6);

      // Both ways of computing y, and the third through the merged kernel.
      expect(await error(nchw(lora.predict(x) as tf.Tensor), c.y)).toBeLessThan(2e-6);
      let recorded: tf.Tensor | undefined;
      tf.variableGrads(
        () => tf.sum((recorded = tf.keep(lora.apply(x, { training: true }) as tf.Tensor))) as tf.Scalar,
        variables,
      );
      expect(await error(nchw(recorded!), c.y)).toBeLessThan(2e-6);
      mergeLora(lora);
      expect(await error(nchw(lora.predict(x) as tf.Tensor), c.y)).toBeLessThan(2e-6);
      const kernel = layer!.lora.effectiveKernel();
      expect(
        await error(kernel.rank === 4 ? tf.transpose(kernel, [3, 2, 0, 1]) : tf.transpose(kernel), c.merged_weight),
      ).toBeLessThan(2e-6);
    },
  );
});
