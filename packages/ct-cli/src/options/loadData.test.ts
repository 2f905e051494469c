import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog } from '@curvature-tuning/datasets';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { drawPhotos } from '../../test/tinyModels.js';
import { checkData, countsOf, loadData } from './loadData.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ct-data-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('takes the names of sets, and folders', async () => {
  await checkData('digits');
  await checkData(folder);
});

it('refuses what is neither', async () => {
  await expect(checkData('cifar')).rejects.toThrow(/--data must be one of digits, .*got "cifar", which is neither/);
  writeFileSync(join(folder, 'file'), '');
  await expect(checkData(join(folder, 'file'))).rejects.toThrow('which is neither');
});

const { signal } = new AbortController();
const bundled = {
  name: 'resnet14.mnist',
  preprocessing: { inputSize: [28, 28, 1], mean: [0.131], std: [0.308] },
  preprocessingFrom: 'model',
} as const;

it('loads a set that ships with the package, normalised as it is for the bundled network', async () => {
  await tf.setBackend('cpu');
  const loaded = await loadData('digits', { seed: 1, network: bundled, signal });
  expect(countsOf(loaded)).toEqual({ train: 640, validation: 160, test: catalog.digits.counts.test });
  const { values, shape } = (await loaded.train.example(0)).pixels;
  expect([shape, values.constructor, loaded.train.classes.length]).toEqual([[28, 28, 1], Float32Array, 10]);
  for await (const { images, labels } of loaded.train.batches(640)) {
    expect(Math.abs(tf.tidy(() => tf.mean(images).dataSync()[0]!))).toBeLessThan(0.2);
    tf.dispose([images, labels]);
  }
  expect(loaded.said).toEqual({
    what: expect.stringMatching(/^1597 images of 10 classes, 28×28, resized to 28×28 grey, values in/) as string,
    losses: [],
  });
});

it('brings a set to the size, the channels and the range of another network', async () => {
  const network = {
    name: 'm',
    preprocessing: { inputSize: [32, 40, 3], range: [-1, 1] },
    preprocessingFrom: 'option',
  } as const;
  const loaded = await loadData('digits', { seed: 42, network, signal });
  const { values, shape } = (await loaded.test.example(3)).pixels;
  expect(shape).toEqual([32, 40, 3]);
  expect([Math.min(...values), Math.max(...values) > 0.5, values[300] === values[301]]).toEqual([-1, true, true]);
  expect(loaded.test.preprocessing).toEqual(network.preprocessing);
});

it('reads a folder, and says what its images lose', async () => {
  await drawPhotos(folder, 8);
  const loaded = await loadData(folder, { seed: 42, network: bundled, signal });
  expect(loaded.classes).toEqual(['blue', 'green', 'red']);
  expect(loaded.said.what).toMatch(
    /^24 images of 3 classes, 4\d×3\d to \d\d×\d\d, resized to 28×28 grey, values in \[0, 1\]/,
  );
  expect(loaded.said.losses).toEqual(['24 coloured images become grey']);
});

it('names a damaged photo, or leaves it out and says so', async () => {
  await drawPhotos(folder, 8);
  const path = join(folder, 'red', readdirSync(join(folder, 'red'))[0]!);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 30));
  const offset = bytes.length - 30;
  const options = { seed: 42, network: bundled, signal };
  await expect(loadData(folder, options)).rejects.toMatchObject({ name: 'DamagedFileError', file: path, offset });
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const loaded = await loadData(folder, { ...options, skipUnreadable: true });
  vi.restoreAllMocks();
  expect(loaded.said.what).toMatch(/^23 images of 3 classes/);
  expect(said.join('')).toMatch(/^left out 1 images that cannot be read:\n {2}.*is damaged at byte \d+: .*\n$/);
  expect(said.join('')).toContain(path);
});
