import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSet } from '@curvature-tuning/data';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { writePreview } from './writePreview.js';

it('spreads a hundred images over a sheet of rows of twelve, names of classes as text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ct-preview-'));
  const read = (index: number): { values: Uint8Array; shape: number[] } => ({
    values: new Uint8Array(12).fill(index),
    shape: [2, 2, 3],
  });
  const classes = ['<b>'];
  const test = dataSet({ labels: Array<number>(200).fill(0), classes, read });
  const paths = await writePreview({ test, name: 'x', title: 'X & Y', classes }, folder, new AbortController().signal);
  expect(paths).toEqual([join(folder, 'preview.png'), join(folder, 'preview.html')]);
  const { data, info } = await sharp(paths[0]!).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([12 * 72, 8 * 72]);
  // The last of 96 tiles is image 197.
  expect(data.at(-1)).toBe(197);
  const page = readFileSync(paths[1]!, 'utf8');
  expect(page).toContain('alt="&#60;b&#62;"');
  expect(page).toContain('<h1>X &#38; Y</h1>');
  rmSync(folder, { recursive: true });
});
