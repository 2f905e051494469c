/**
 * Damaged files of PEFT: refused by name, or they change a network as PEFT's equation says of what is in them.
 */
import type { Mutation, RandomNumbers } from '@curvature-tuning/checks/testing';
import { fuzz, mutateBytes, mutateJson, mutateSafetensors } from '@curvature-tuning/checks/testing';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { applyLoraAdapter, loadLora } from '../src/index.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const shapes = { body: [4, 3], fc: [3, 2] } as const;
const tensors = serializeSafetensors([
  ['base_model.model.body.lora_A.weight', { dtype: 'F32', shape: [2, 4], data: numbers(8, 1) }],
  ['base_model.model.body.lora_B.weight', { dtype: 'F32', shape: [3, 2], data: numbers(6, 2) }],
  ['base_model.model.fc.lora_A.weight', { dtype: 'F32', shape: [1, 3], data: numbers(3, 3) }],
  ['base_model.model.fc.lora_B.weight', { dtype: 'F32', shape: [2, 1], data: numbers(2, 4) }],
  ['base_model.model.head.weight', { dtype: 'F32', shape: [2, 2], data: numbers(4, 5) }],
  ['base_model.model.head.bias', { dtype: 'F32', shape: [2], data: numbers(2, 6) }],
]);
const config = {
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 3,
  lora_dropout: 0,
  target_modules: ['body', 'fc'],
  exclude_modules: null,
  rank_pattern: { fc: 1 },
  alpha_pattern: { fc: 5 },
  modules_to_save: ['head'],
  bias: 'none',
  use_rslora: false,
  use_dora: false,
  fan_in_fan_out: false,
  init_lora_weights: true,
  inference_mode: true,
  layers_to_transform: null,
  layers_pattern: null,
};

interface Files {
  bytes: Uint8Array;
  json: string;
}

/** One of the two files is damaged. */
function draw(random: RandomNumbers): Mutation<Files> {
  const json = JSON.stringify(config);
  const kind = random();
  if (kind < 0.5) {
    const { title, value } = mutateSafetensors(tensors, [], random);
    return { title, value: { bytes: value, json } };
  }
  if (kind < 0.6) {
    const { title, value } = mutateBytes(new TextEncoder().encode(json), random);
    return { title: `configuration: ${title}`, value: { bytes: tensors, json: new TextDecoder().decode(value) } };
  }
  const { title, value } = mutateJson(config, random);
  return { title: `configuration: ${title}`, value: { bytes: tensors, json: JSON.stringify(value) } };
}

/** The kernel of a module by PEFT's equation: ones + alpha / r · (B·A) transposed, or alpha / sqrt(r). */
function expectedKernel(module: keyof typeof shapes, { bytes, json }: Files): number[] {
  const read = parseSafetensors(bytes).tensors;
  const given = JSON.parse(json) as typeof config;
  const values = (factor: string): Float32Array =>
    Float32Array.from(toFloat32(read.get(`base_model.model.${module}.lora_${factor}.weight`)!));
  const [a, b] = [values('A'), values('B')];
  const [inputs, outputs] = shapes[module];
  const rank = a.length / inputs;
  const alpha = (given.alpha_pattern as Record<string, number> | null)?.[module] ?? given.lora_alpha;
  const scale = alpha / (given.use_rslora ? Math.sqrt(rank) : rank);
  return Array.from({ length: inputs * outputs }, (_, at) => {
    const [i, o] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += b[o * rank + r]! * a[r * inputs + i]!;
    return 1 + scale * sum;
  });
}

it('3,000 damaged adapters are refused by name, or change every kernel as alpha / r · B·A says to 1e-5', async ({
  task,
}) => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'body', units: 3, useBias: false, kernelInitializer: 'ones', inputShape: [4] }),
      tf.layers.dense({ name: 'fc', units: 2, kernelInitializer: 'ones' }),
      tf.layers.dense({ name: 'head', units: 2 }),
    ],
  });
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 3000,
    seed: 11,
    draw,
    run: (files) => {
      const { model: adapted } = applyLoraAdapter(model, loadLora(files.bytes, files.json));
      try {
        for (const module of ['body', 'fc'] as const) {
          const kernel = tf.tidy(() => {
            const layer = adapted.getLayer(module);
            // Each input alone; a bias is taken off again.
            const [rows] = shapes[module];
            return Array.from(
              tf.sub(layer.apply(tf.eye(rows)) as tf.Tensor, layer.apply(tf.zeros([1, rows])) as tf.Tensor).dataSync(),
            );
          });
          const expected = isIn(module, files) ? expectedKernel(module, files) : kernel.map(() => 1);
          // Sums on the way may overflow, and infinity times 0 is NaN.
          if (expected.some((value) => Math.abs(value) > 1e30)) continue;
          const at = expected.findIndex(
            (value, i) => !(Math.abs(value - kernel[i]!) <= 1e-5 * Math.max(1, Math.abs(value))),
          );
          if (at >= 0) return `${module}: ${kernel[at]!} is not ${expected[at]!}`;
        }
        const saved = adapted
          .getLayer('head')
          .getWeights()
          .map((weight) => String(weight.dataSync()));
        return String(saved) === String(expectedHead(files)) ? undefined : `head: ${String(saved)}`;
      } finally {
        adapted.dispose();
      }
    },
    refusal: /^(loadLora|applyLoraAdapter|parseSafetensors): /,
    alive: () => tf.memory().numTensors,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(300);
});

/** The kernel and bias of the module that is saved whole. */
function expectedHead({ bytes }: Files): string[] {
  const { tensors: read } = parseSafetensors(bytes);
  const [a, b, c, d] = toFloat32(read.get('base_model.model.head.weight')!);
  return [String([a, c, b, d]), String(toFloat32(read.get('base_model.model.head.bias')!))];
}

function isIn(module: string, { bytes }: Files): boolean {
  return parseSafetensors(bytes).tensors.has(`base_model.model.${module}.lora_A.weight`);
}
