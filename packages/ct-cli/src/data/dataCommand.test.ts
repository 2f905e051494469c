import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dataCommand } from './dataCommand.js';

const { signal } = new AbortController();
let root: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ct-data-'));
  vi.stubEnv('CT_DATA_DIR', root);
  said = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});
const run = (action: Parameters<typeof dataCommand>[0]['action'], name?: string): Promise<void> =>
  dataCommand({ action, name, output: join(root, 'out') }, signal);

/** The files of Imagenette as they lie once they are unpacked. */
async function putImagenette(): Promise<void> {
  const names = ['01440764', '02102040', '02979186', '03000684', '03028079'];
  names.push('03394916', '03417042', '03425413', '03445777', '03888257');
  const image = await sharp({ create: { width: 20, height: 10, channels: 3, background: { r: 51, g: 102, b: 255 } } })
    .png()
    .toBuffer();
  for (const [split, count] of [
    ['train', 5],
    ['val', 1],
  ] as const)
    for (const name of names)
      for (let i = 0; i < count; i++) {
        const folder = join(root, 'imagenette', 'imagenette2', split, `n${name}`);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `${i}.png`), image);
      }
}

it('lists all sets, and tells what is known of one', async () => {
  await run('list');
  expect(
    said
      .join('')
      .split('\n')
      .filter((line) => /^[a-z]/.test(line)),
  ).toHaveLength(25);
  await run('info', 'cub200');
  expect(said.join('')).toMatch(
    /images {3}train 5994, test 5794[^]*checksum second-hand, https:\/\/data\.caltech\.edu/,
  );
});

it('measures, verifies and previews a set', async () => {
  await putImagenette();
  await run('stats', 'imagenette');
  expect(said.join('')).toContain('50 images to train with: mean 0.200 0.400 1.000, std 0.000 0.000 0.000');
  await run('verify', 'imagenette');
  expect(said.join('')).toMatch(/unpacked .*imagenette2\.tgz/);
  await run('preview', 'imagenette');
  const { width, height } = await sharp(join(root, 'out', 'preview.png')).metadata();
  expect([width, height]).toEqual([864, 72]);
  expect(readFileSync(join(root, 'out', 'preview.html'), 'utf8').match(/<figure>/g)).toHaveLength(10);
  await run('stats', 'digits');
  expect(said.join('')).toContain('640 images to train with: mean 0.155');
});

it('says that a file is wrong, and which names there are', async () => {
  mkdirSync(join(root, 'imagenette'));
  writeFileSync(join(root, 'imagenette', 'imagenette2.tgz'), 'x');
  await expect(run('verify', 'imagenette')).rejects.toThrow(/imagenette2\.tgz: other bytes than the sum says/);
  await expect(run('info', 'imagenet2')).rejects.toThrow(/ct data info needs one of digits, .*; got imagenet2/);
  await expect(run('stats')).rejects.toThrow(/got no name/);
});
