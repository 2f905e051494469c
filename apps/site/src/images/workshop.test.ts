import { beforeAll, expect, it } from 'vitest';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { randomNumbers } from '../plane/random.ts';
import type { MethodName } from './choices.ts';
import { Workshop } from './workshop.ts';
import type { Labelled } from './workshop.ts';

beforeAll(() => setBackend('cpu'));

/** Stripes, along and across. */
function stripes(count: number, seed: number): Labelled {
  const { uniform } = randomNumbers(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const pixels = labels.map((label) =>
    Uint8Array.from(
      { length: 64 },
      (_, i) => 100 * (1 + Math.sin(2 * (label === 0 ? i % 8 : i >> 3))) + 50 * uniform(),
    ),
  );
  return { pixels, labels, classes: ['along', 'across'] };
}

function workshop(): Workshop {
  const model = sequential({
    layers: [
      layers.conv2d({
        name: 'stripes',
        filters: 8,
        kernelSize: 3,
        activation: 'relu',
        inputShape: [8, 8, 1],
        kernelInitializer: initializers.heNormal({ seed: 1 }),
      }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 4, kernelInitializer: initializers.heNormal({ seed: 2 }) }),
    ],
  });
  return new Workshop({ model, preprocessing: { inputSize: [8, 8, 1] }, isGraph: false });
}

const run = (method: MethodName): Parameters<Workshop['run']>[2] => ({
  method,
  epochs: 2,
  seed: 1,
  onProgress: () => undefined,
  signal: new AbortController().signal,
});

it('adapts in each way, swaps, blends, and gives the same logits from the file of an adapter', async () => {
  const images = stripes(40, 1);
  const first = workshop();
  const numbers: Partial<Record<MethodName, number>> = {};
  for (const method of ['probe', 'sct', 'tct', 'lora'] as const) {
    const outcome = await first.run(method, images, run(method));
    numbers[method] = outcome.parameters;
    expect(outcome.heldOut).toBe(8);
    expect(outcome.confusion.flat().reduce((a, b) => a + b)).toBe(8);
    expect(outcome.bytes === null).toBe(method === 'probe' || method === 'lora');
  }
  expect(numbers).toEqual({ probe: 18, sct: 18, tct: 34, lora: expect.any(Number) as number });
  const image = stripes(1, 9).pixels[0]!;
  first.use('tct');
  const { logits, classes } = await first.classify(image);
  expect(classes).toEqual(['along', 'across']);
  const again = workshop();
  expect(await again.load('from a file', first.file('tct', 'adapter'))).toEqual({ classes, sharing: 'channel' });
  expect((await again.classify(image)).logits).toEqual(logits);
  expect(first.file('tct', 'torch').length).toBeGreaterThan(100);
  await first.run('tct 2', images, { ...run('tct'), seed: 2 });
  const other = (await first.classify(image)).logits;
  await first.blend('tct', 'tct 2', 0);
  expect((await first.classify(image)).logits[0]).toBeCloseTo(logits[0]!, 4);
  await first.blend('tct', 'tct 2', 1);
  expect((await first.classify(image)).logits[0]).toBeCloseTo(other[0]!, 4);
  const held = first.use('tct');
  for (let i = 0; i < 20; i++) expect(first.use(i % 2 === 0 ? 'tct 2' : 'tct')).toBe(held);
});

it('says what cannot be done', async () => {
  const it = workshop();
  await expect(it.classify(new Uint8Array(64))).rejects.toThrow('adapt the network first, or load an adapter');
  expect(() => it.use('nothing')).toThrow('there is nothing called nothing');
  await it.run('probe', stripes(20, 1), run('probe'));
  expect(() => it.file('probe', 'adapter')).toThrow('probe is no adapter of curvature');
});
