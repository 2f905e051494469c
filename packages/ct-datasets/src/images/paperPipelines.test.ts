import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFolder } from '../node.js';
import { augment } from './augment.js';
import { PAPER_PIPELINES } from './paperPipelines.js';
import { resample } from './resample.js';

describe('PAPER_PIPELINES', () => {
  let folder: string;
  const [height, width] = [300, 400];
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7 + (i >> 9)) % 256);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < 7; i++)
        await sharp(pixels, { raw: { height, width, channels: 3 } }).toFile(join(folder, name, `${i}.png`));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('imagenet: the middle 224 × 224 of the image at 256, to the bit', async () => {
    const { form } = PAPER_PIPELINES.imagenet;
    const { train } = await imageFolder(folder, form);
    // Resize(256): the short side becomes 256, the long one 256 · 400 / 300, cut to whole pixels.
    const scaled = resample(pixels, [height, width, 3], [256, 341]);
    const [top, left] = [16, 58];
    const rows = Array.from({ length: 224 }, (_, y) => {
      const from = ((top + y) * 341 + left) * 3;
      return [...scaled.subarray(from, from + 224 * 3)];
    });
    const { pixels: found } = await train.example(0);
    expect(found.shape).toEqual([224, 224, 3]);
    expect([...found.values]).toEqual(rows.flat());
  });

  it.each(['mnist', 'cifar10'] as const)('%s: in its form, training images augmented or not', async (source) => {
    const { form, augment: changes } = PAPER_PIPELINES[source];
    const { train } = await imageFolder(folder, form);
    const { pixels: image } = await train.example(0);
    expect(image.shape).toEqual([...form.size, form.channels]);
    if (source === 'mnist') return expect(changes).toBeUndefined();
    const changed = augment(changes!)(image, { index: 0, label: 0, epoch: 0 });
    expect(changed.shape).toEqual(image.shape);
    expect(changed.values).not.toEqual(image.values);
  });
});
